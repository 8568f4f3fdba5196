"""When a run has learnt: where its accuracy crosses .99, between the rows of its history."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reversal.criterion import LEARNT, learnt


def crossed(history: pd.DataFrame, seeds: Sequence[int] | np.ndarray, columns: Sequence[str]) -> np.ndarray:
    """Columns at the first crossing of `LEARNT` by each run, interpolated linearly between the two rows about it.

    Args:
        history: one row a seed and step, with accuracy and the columns.
        seeds: whose crossings, in this order.
        columns: what to tell of each, such as step.

    Returns:
        float64 (S, columns): those of the first row where that one is there already; not numbers for a run that never is.
    """
    by_seed = dict(list(history.sort_values("step").groupby("seed")))
    found = np.full((len(seeds), len(columns)), np.nan)
    for place, seed in enumerate(seeds):
        if seed in by_seed:
            told = by_seed[seed][["accuracy", *columns]].to_numpy(dtype=np.float64)
            found[place] = _crossed(told[:, 0], told[:, 1:])
    return found


def _crossed(accuracy: np.ndarray, told: np.ndarray) -> np.ndarray:
    there = np.flatnonzero(learnt(accuracy))
    if not len(there):
        return np.full(told.shape[1], np.nan)
    first = there[0]
    if first == 0:
        return told[0]
    share = (np.float32(LEARNT) - accuracy[first - 1]) / (accuracy[first] - accuracy[first - 1])
    return told[first - 1] + share * (told[first] - told[first - 1])
