"""What a model reads and is asked at once, and two ways to ask for a token: hidden in its place, or from before it.

Texts are laid behind one another, about `TOGETHER` in a row, each with positions of its own and seen by none but itself.
Were every text padded to the longest, a quarter of a batch of sentences would be padding, and half of one in which
entities are of several tokens.
"""

import itertools
from typing import NamedTuple

import numpy as np

from reversal.language.train.sequences import Sequences

TOGETHER = 4
"""Texts of a row: enough to leave little of it over, few enough that attention among them is soon done."""
NOTHING = -1
"""The text of a place that is left over."""


class Batch(NamedTuple):
    """R rows of W tokens, and M places at which a token is asked with a weight."""

    tokens: np.ndarray
    """int64 (R, W)."""
    positions: np.ndarray
    """int64 (R, W): of each token in its text, [BOS] at 0."""
    texts: np.ndarray
    """int64 (R, W): which text a token is of."""
    rows: np.ndarray
    """int64 (M,): places in the flattened rows, row × W + place, whose output is read."""
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
    return _laid(sequences, np.where(weights > 0, mask, sequences.tokens), weights, before=0)


def continued(sequences: Sequences, weights: np.ndarray, mask: int) -> Batch:
    """Hide nothing, and read each answer from the token before it: of a causal model, which sees no answer there.

    The arguments are those of `hidden`.
    """
    return _laid(sequences, sequences.tokens, weights, before=1)


def _laid(sequences: Sequences, read: np.ndarray, weights: np.ndarray, before: int) -> Batch:
    """The batch of texts that are `read` (B, L) so, each answer so many places before its token."""
    begins, width = _beginnings(1 + sequences.lengths())
    present, asked = sequences.present(), weights > 0
    text, position = present.nonzero()
    place = begins[text] + position
    rows = np.zeros((3, width * (1 + int(place.max()) // width)), dtype=np.int64)
    rows[2] = NOTHING
    rows[:, place] = read[present], position, text
    tokens, positions, texts = rows.reshape(3, -1, width)
    return Batch(
        tokens=tokens,
        positions=positions,
        texts=texts,
        rows=begins[asked.nonzero()[0]] + asked.nonzero()[1] - before,
        targets=sequences.tokens[asked],
        weights=weights[asked].astype(np.float32),
    )


def _beginnings(sizes: np.ndarray) -> tuple[np.ndarray, int]:
    """Where each text begins in the flattened rows, (B,), and how long the rows are: no longer than they must be."""
    rows = -(-len(sizes) // TOGETHER)
    shortest = max(int(sizes.max()), -(-int(sizes.sum()) // rows))
    fits = ((_fitted(sizes, rows, width), width) for width in itertools.count(shortest))
    return next((begins, width) for begins, width in fits if begins is not None)


def _fitted(sizes: np.ndarray, rows: int, width: int) -> np.ndarray | None:
    """The longest text first, each in the first of the rows that has room for it; None where none has."""
    begins, used = np.zeros_like(sizes), [0] * rows
    for text in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[text])
        row = next((row for row in range(rows) if used[row] + size <= width), None)
        if row is None:
            return None
        begins[text] = row * width + used[row]
        used[row] += size
    return begins
