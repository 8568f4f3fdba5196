"""The history of a training: rows at its marks, and the tables `history` and `timing` that they become."""

from typing import Any, NamedTuple

import numpy as np


class Moment(NamedTuple):
    """One row of the history, for one query and all seeds of a chunk."""

    step: int
    query: str
    loss: np.ndarray
    """Of the step about to be taken, (S,); not a number where none is."""
    nll: np.ndarray
    """(S,)."""
    accuracy: np.ndarray
    """(S,)."""
    stopped: np.ndarray
    """Bool (S,): has the seed stopped early?"""
    learning_rate: float
    seconds: float


History = list[tuple[tuple[int, ...], Moment]]
"""Rows of the history with the seeds of their chunk."""


def history(moments: History) -> dict[str, Any]:
    """Columns of the table `history`, by seed, then step."""
    rows = [
        (seed, m.step, m.query, m.loss[place], m.nll[place], m.accuracy[place], m.learning_rate, m.stopped[place])
        for seeds, m in moments
        for place, seed in enumerate(seeds)
    ]
    rows.sort(key=lambda row: row[:3])
    seed, step, query, loss, nll, accuracy, rate, stopped = (list(column) for column in zip(*rows, strict=True))
    return {
        "seed": seed,
        "step": step,
        "loss": np.array(loss),
        "query": query,
        "nll": np.array(nll),
        "accuracy": np.array(accuracy),
        "learning_rate": rate,
        "stopped": stopped,
    }


def timing(moments: History) -> dict[str, Any]:
    """Columns of the table `timing`, by seed, then step: when the last query of each row was asked, a seed of the chunk."""
    asked = {(seed, moment.step): moment.seconds / len(seeds) for seeds, moment in moments for seed in seeds}
    seed, step = zip(*sorted(asked), strict=True)
    return {"seed": seed, "step": step, "seconds": [asked[place] for place in sorted(asked)]}


def learnt(moments: History) -> dict[int, float]:
    """Seed → accuracy of its worst trained query at the end, which the gate looks at (SCIENCE, "Gate")."""
    last = max(moment.step for _, moment in moments)
    worst: dict[int, float] = {}
    for seeds, moment in moments:
        if moment.step == last:
            for seed, accuracy in zip(seeds, moment.accuracy.tolist(), strict=True):
                worst[seed] = min(accuracy, worst.get(seed, 1.0))
    return worst
