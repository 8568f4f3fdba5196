"""Any-order autoregression: the next token of a random order, its place given (Pannatier et al. 2024; Yang et al. 2019).

A sentence is reordered by a random permutation, every token keeping its own position. The first k tokens are read, and
[M] behind them, at the position of the next one, is asked for it: causal attention, so that a token read is read in
the light of those before it alone. k is uniform on 0 … L − 1 and each sentence is asked one token, so that the loss is
a permutation's mean −log p a token: the loss of masked diffusion (Hoogeboom et al. 2021), with another model behind it.
It is what P2 names as the common explanation of why reversal works: each token is asked given any others.
"""

from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text
from reversal.train.masking import stratified

FAMILY = "any-order"
TRAINED = ["source", "target"]
ATTENTION = ["causal"]
REORDERS = True
DEALS: dict = {}
ONE_TOKEN = True
SETTINGS: dict = {}


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step: one place a sentence, how many tokens stand before it dealt out over the batch."""
    sentences, length = text.tokens.shape[1:]
    place, importance = stratified(draws, np.full(length, 1 / length), sentences)
    order = np.stack([rng.permuted(np.tile(np.arange(length), (sentences, 1)), axis=1) for rng in draws])
    return ordered(text, order, place - 1, importance / sentences)


def ordered(text: Text, order: np.ndarray, place: np.ndarray, weights: np.ndarray) -> Batch:
    """Sentences in an order, asked for the token at one place of it; all behind that place is hidden and unseen.

    Args:
        text: B sentences of L tokens.
        order: slots of each sentence as they are read, (S, B, L).
        place: which of them is asked, (S, B).
        weights: of each sentence's −log p, (S, B).
    """
    length = text.tokens.shape[-1]
    tokens, positions = (np.take_along_axis(part, order, -1) for part in (text.tokens, text.positions))
    hidden = np.arange(length) >= place[..., None]
    return Batch(
        tokens=np.where(hidden, text.vocabulary, tokens),
        positions=positions,
        rows=np.arange(place.shape[1]) * length + place,
        targets=np.take_along_axis(tokens, place[..., None], -1)[..., 0],
        weights=weights.astype(np.float32),
    )
