"""Does an outcome rise or fall along ordered levels, such as doses? Rank correlations, one a seed, and their mean."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import rankdata

from reversal.statistics import intervals
from reversal.statistics.estimates import correlation


def rank_slopes(outcomes: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Spearman's correlation of outcomes (S, D) with the levels (D,), one a seed; none where either is constant."""
    outcome_ranks = rankdata(outcomes, axis=1) if len(outcomes) else outcomes
    expected_ranks = np.repeat(rankdata(expected)[:, None], len(outcomes), axis=1)
    equal = np.full((1, len(expected)), 1 / len(expected))
    return correlation.pearson(equal, outcome_ranks.T, expected_ranks)[0]


def mean_slope(outcomes: np.ndarray, expected: np.ndarray, inference: Mapping[str, Any]) -> dict[str, float]:
    """The columns runs, value, low and high of a trend: the mean of the rank slopes, and its interval.

    A seed whose outcome is the same at every level has no slope, and is in none of these; runs are those that have one.
    """
    slopes = rank_slopes(outcomes, expected)
    known = slopes[~np.isnan(slopes)]
    if not len(known):
        return {"runs": 0, "value": np.nan, "low": np.nan, "high": np.nan}
    low, high = np.clip(intervals.interval(known[:, None], inference["confidence"]), -1, 1)[:, 0]
    return {"runs": len(known), "value": known.mean(), "low": low, "high": high}
