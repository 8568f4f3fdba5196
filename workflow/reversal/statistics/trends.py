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
    """The columns runs, value, low and high of a trend: the mean of the rank slopes, and its interval."""
    slopes = rank_slopes(outcomes, expected)[:, None]
    low, high = intervals.interval(slopes, inference["confidence"])
    known = len(slopes) and not np.isnan(slopes).all()
    mean = slopes.mean() if known else np.nan
    return {"runs": len(outcomes), "value": mean, "low": low[0], "high": high[0]}
