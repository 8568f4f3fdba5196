"""What one optimiser step reads and is asked, for all seeds of a block."""

from typing import Any, NamedTuple, Protocol

import numpy as np


class Text(NamedTuple):
    """Sentences of stacked seeds: S seeds, B sentences, L tokens each."""

    tokens: np.ndarray
    """int64 (S, B, L)."""
    positions: np.ndarray
    """int64 (S, B, L)."""
    word_size: int
    """Tokens of each entity; the first entity opens the sentence and the second closes it."""
    vocabulary: int
    """V; token V is [M] and token V + 1 is the beginning of a sequence."""


class Batch(NamedTuple):
    """Inputs, and M places a seed at which a token is asked with a weight."""

    tokens: np.ndarray
    """int64 (S, B, L)."""
    positions: np.ndarray
    """int64 (S, B, L)."""
    rows: np.ndarray
    """int64 (S, M): places in the flattened sentences, sentence × L + slot."""
    targets: np.ndarray
    """int64 (S, M): the right token at each place."""
    weights: np.ndarray
    """float32 (S, M): a seed's loss is the weighted sum of −log p over its places."""


class Objective(Protocol):
    """What a file of `train/objectives/` offers beside its literals."""

    def batch(self, text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
        """The batch of one step, with one generator a seed."""


def masked(text: Text, mask: np.ndarray, weights: np.ndarray) -> Batch:
    """Read [M] where `mask` (S, B, L) is true and ask there for what stood under it.

    `weights` is (S, B, L), read at the masked places; each seed masks equally many.
    """
    seeds = text.tokens.shape[0]
    tokens = np.where(mask, text.vocabulary, text.tokens)
    rows = np.nonzero(mask.reshape(seeds, -1))[1].reshape(seeds, -1)
    pick = np.take_along_axis
    targets = pick(text.tokens.reshape(seeds, -1), rows, 1)
    asked = pick(np.broadcast_to(weights, mask.shape).reshape(seeds, -1), rows, 1)
    return Batch(tokens, text.positions, rows, targets, asked.astype(np.float32))


def places(text: Text, slots: range) -> np.ndarray:
    """bool (S, B, L): true at the given slots of every sentence."""
    mask = np.zeros(text.tokens.shape, dtype=bool)
    mask[:, :, slots.start : slots.stop] = True
    return mask
