"""How one question was answered."""

from typing import NamedTuple

import numpy as np


class Answer(NamedTuple):
    """How one question was answered."""

    exact: bool
    """Does greedy decoding give every token of the answer?"""
    nll: float
    """Mean −log p of the answer's tokens, nats a token."""
    rank: float
    """Mid-rank of the answer among the candidates, by mean log p a token; 1 is best."""
    candidates: int
    """How many it was ranked among, itself included."""


def ranked(exact: bool, nll: float, others: np.ndarray) -> Answer:
    """The answer with its rank: 1 + how many of the others score higher + half of those that score the same."""
    own = np.float32(-nll)
    rank = 1 + (others > own).sum() + (others == own).sum() / 2
    return Answer(exact, max(nll, 0.0), float(rank), len(others) + 1)
