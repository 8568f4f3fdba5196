"""Masked diffusion: any share of the tokens is hidden, and each hidden token is asked (Sahoo et al. 2024; P2).

The loss of a sentence is ∫₀¹ Σ_masked −log p / t dt / L. Given how many tokens k are hidden, k is uniform on
1 … L and each hidden token weighs 1/k.
"""

from itertools import product
from math import comb
from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text, masked
from reversal.train.masking import of_size, sampled, stratified

FAMILY = "MDM"
TRAINED = ["source", "target"]
ATTENTION = ["bidirectional", "causal"]
DEALS = {"masks": "stratified"}
SETTINGS = {
    "masks": {
        "description": "How masks are drawn: sizes dealt out over the batch, sizes drawn one by one, or every mask of every sentence with its exact weight.",
        "enum": ["stratified", "sampled", "enumerated"],
        "default": "stratified",
    },
}


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step."""
    if settings["masks"] == "enumerated":
        return enumerated(text)
    sentences, length = text.tokens.shape[1:]
    uniform = np.full(length, 1 / length)
    sizes, importance = {"stratified": stratified, "sampled": sampled}[settings["masks"]](draws, uniform, sentences)
    mask = of_size(draws, sizes, length)
    weights = (importance / sizes / sentences)[..., None] * mask
    everywhere = mask if settings["masks"] == "stratified" else np.ones_like(mask)
    hidden = masked(text, everywhere, weights)
    return hidden._replace(tokens=np.where(mask, text.vocabulary, text.tokens))


def enumerated(text: Text) -> Batch:
    """All 2^L − 1 masks of every sentence, each hidden token weighing Beta(k, L − k + 1) / L = 1 / (L k C(L, k))."""
    seeds, sentences, length = text.tokens.shape
    masks = np.array([mask for mask in product([False, True], repeat=length) if any(mask)])
    weight = np.array([1 / (length * mask.sum() * comb(length, mask.sum())) for mask in masks])
    repeated = Text(
        np.repeat(text.tokens, len(masks), axis=1),
        np.repeat(text.positions, len(masks), axis=1),
        text.word_size,
        text.vocabulary,
    )
    mask = np.tile(masks, (seeds, sentences, 1))
    return masked(repeated, mask, np.tile(weight, sentences)[None, :, None] / sentences)
