"""What a model reads and is asked at once, and two ways to ask for a token: hidden in its place, or from before it."""

from typing import NamedTuple

import numpy as np

from reversal.language.sequences import Sequences


class Batch(NamedTuple):
    """B texts of L tokens, and M places at which a token is asked with a weight."""

    tokens: np.ndarray
    """int64 (B, L)."""
    present: np.ndarray | None
    """bool (B, L): is it no padding? None where none is, or where nothing that is asked can see it."""
    rows: np.ndarray
    """int64 (M,): places in the flattened texts, text × L + place, whose output is read."""
    targets: np.ndarray
    """int64 (M,): the right token."""
    weights: np.ndarray
    """float32 (M,): the loss is the weighted sum of −log p."""


def hidden(sequences: Sequences, weights: np.ndarray, mask: int) -> Batch:
    """Read [M] wherever a token is asked: of a model that sees both sides.

    Args:
        sequences: B texts.
        weights: (B, L); a token is asked where its weight is above 0.
        mask: the token [M].
    """
    asked = weights > 0
    present = sequences.present()
    return Batch(
        tokens=np.where(asked, mask, sequences.tokens),
        present=None if present.all() else present,
        rows=np.flatnonzero(asked),
        targets=sequences.tokens[asked],
        weights=weights[asked].astype(np.float32),
    )


def continued(sequences: Sequences, weights: np.ndarray, mask: int) -> Batch:
    """Hide nothing, and read each answer from the token before it: of a causal model, which sees no answer there.

    The arguments are those of `hidden`; padding is behind all that is asked, where it is not seen.
    """
    asked = weights > 0
    return Batch(
        tokens=sequences.tokens,
        present=None,
        rows=np.flatnonzero(asked) - 1,
        targets=sequences.tokens[asked],
        weights=weights[asked].astype(np.float32),
    )
