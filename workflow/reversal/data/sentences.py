"""The sentences of the text `facts`: `A R B`, backward `B R' A` where a pair is told both ways, and `C S D`."""

from typing import NamedTuple

import numpy as np

from reversal.data.pairs import Pairs


class Sentences(NamedTuple):
    """The text of one run; B sentences of L tokens."""

    tokens: np.ndarray
    """int64 (B, L)."""
    pair: np.ndarray
    """int64 (B,): the pair told, −1 for one of the second relation."""
    told: np.ndarray
    """str (B,): in which way, as in the table `sentences`."""


def write(pairs: Pairs) -> Sentences:
    """Every sentence once: forward, then backward, then those of the second relation."""
    back = np.flatnonzero(pairs.both_ways)
    forward = tell(pairs.a, pairs.relation, pairs.b)
    backward = tell(pairs.b[back], pairs.inverse[back], pairs.a[back])
    other = tell(pairs.others[:, 0], np.full(len(pairs.others), pairs.other), pairs.others[:, 1])
    return Sentences(
        tokens=np.concatenate([kind for kind in (forward, backward, other) if len(kind)]),
        pair=np.concatenate([np.arange(len(forward)), back, np.full(len(other), -1)]),
        told=np.repeat(["forward", "backward", "other"], [len(forward), len(backward), len(other)]),
    )


def tell(first: np.ndarray, relation: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Tokens (N, L) of two entities (N, w) with a relation (N,) between them; −1 writes none."""
    if (relation < 0).all():
        return np.concatenate([first, second], axis=1)
    return np.concatenate([first, relation[:, None], second], axis=1)
