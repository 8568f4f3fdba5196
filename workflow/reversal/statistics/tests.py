"""Tests over seeds. The unit is the seed: nothing here counts pairs as replicates of one another. A claim over facts says so,
and then facts stand where seeds do.

Ten zeros, or ten ones, have no variance to put into a t, and exact tests ask for symmetry, which proportions near 0 or 1
lack. So a test of a mean asks both, and the larger p counts. `calibration` says what each of them holds.
"""

import functools
import itertools

import numpy as np
from scipy import special

from reversal.randomness import stream
from reversal.statistics import student

EXACT = 12
"""Seeds up to which all 2ⁿ sign flips are made; beyond, `FLIPS` random ones."""
FLIPS = 9999
ROUNDING = 1e-12
"""Sums of flipped values that differ by less of their size are equal."""
DECIMALS = 7
"""Differences are tested to as many decimals: tables hold single floats, and rounding is no effect."""
SMALLEST = 0.5 * 10.0**-DECIMALS
"""What is less than that is no difference."""


def sign_flip(values: np.ndarray, alternative: str = "two-sided") -> float:
    """P of a mean of zero, by flipping the signs of the seeds' values (Fisher 1935).

    Exact where, under the null hypothesis, a seed's value is as likely to be negative as positive. With n seeds the
    smallest two-sided p is 2^(1−n), with ten .002.

    Args:
        values: (S,), one a seed; undefined ones are left out.
        alternative: two-sided, greater or less.

    Returns:
        p, or not a number for fewer than two seeds.
    """
    values = _rounded(values)
    if len(values) < 2:
        return np.nan
    if alternative == "two-sided":
        return min(1.0, 2 * min(sign_flip(values, "greater"), sign_flip(values, "less")))
    sums = _signs(len(values)) @ (values if alternative == "greater" else -values)
    return float((sums >= sums[0] - ROUNDING * np.abs(values).sum()).mean())


@functools.cache
def _signs(seeds: int) -> np.ndarray:
    """Signs (flips, seeds); the first row flips none, so that the sample as it is always counts."""
    if seeds <= EXACT:
        return np.array(list(itertools.product((1.0, -1.0), repeat=seeds)))
    drawn = stream(seeds, "sign flips").choice((1.0, -1.0), size=(FLIPS, seeds))
    return np.concatenate([np.ones((1, seeds)), drawn])


def mean(values: np.ndarray, alternative: str = "two-sided") -> float:
    """P of a mean of zero, however the seeds' values are distributed: the larger of two p (Berger 1982).

    1. *sign flips*: exact if values are symmetric about their mean, with no variance too, such as ten zeros;
    2. *Student's t, corrected for skewness* (`student`): where the flips alone would find too much.

    Args:
        values: (S,), one a seed; undefined ones are left out.
        alternative: two-sided, greater or less.

    Returns:
        p, or not a number for fewer than two seeds.
    """
    values = _rounded(values)
    if alternative == "two-sided":
        return float(np.minimum(1.0, 2 * np.minimum(mean(values, "greater"), mean(values, "less"))))
    flipped = sign_flip(values, alternative)
    if len(values) < 2 or np.ptp(values) == 0:
        return flipped
    return max(flipped, student.p_greater(values if alternative == "greater" else -values))


def _rounded(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return np.round(values[np.isfinite(values)], DECIMALS)


def superiority(values: np.ndarray, bound: float) -> float:
    """One-sided p of "the mean over seeds is `bound` or below"; see `mean`."""
    return mean(np.asarray(values) - bound, "greater")


def non_superiority(values: np.ndarray, bound: float) -> float:
    """One-sided p of "at or above `bound`" (chance + margin); small means: not better than chance.

    The larger of two p, so that both null hypotheses are rejected (intersection–union, Berger 1982):

    1. *exact*: "at least half of all runs are at or above the bound". The number of runs below it
       is then at most binomial(n, ½). Ten runs at zero give 2⁻¹⁰ = .001, two give .25: no variance is needed,
       and pairs of one run never pass for independent runs. A seed that does reverse counts fully against.
    2. *Student's t, corrected for skewness*: "the mean is at or above the bound". It sees what the first does not: how
       far above the few are. Runs that are all alike are left to the first.

    No assumption-free test of the mean alone could do it: ten runs at zero are likely (p = .54) if 6 % of runs
    are at one and the rest at zero.

    Args:
        values: (S,), one a seed.
        bound: chance plus margin.

    Returns:
        p, or not a number without seeds.
    """
    over = _rounded(np.asarray(values) - bound)
    if not len(over):
        return np.nan
    at_or_above = int((over >= 0).sum())
    exact = float(special.bdtr(at_or_above, len(over), 0.5))
    return exact if np.ptp(over) == 0 else max(exact, student.p_greater(-over))


def equivalence(values: np.ndarray, margin: float, centre: float = 0.0) -> float:
    """P of "the mean is `margin` or more away from `centre`": two one-sided tests (Schuirmann 1987); see `mean`."""
    values = np.asarray(values)
    return float(np.max([mean(values - (centre - margin), "greater"), mean(values - (centre + margin), "less")]))


def page(outcomes: np.ndarray) -> tuple[float, float]:
    """Page's L and its one-sided p of no trend (Page 1963); seeds are blocks.

    Args:
        outcomes: (S, D), doses in the order in which the outcome is expected to rise. Seeds with a gap are left out.

    Returns:
        L and p; not numbers for fewer than two seeds or three doses.
    """
    outcomes = np.round(outcomes[np.isfinite(outcomes).all(axis=1)], DECIMALS)
    if len(outcomes) < 2 or outcomes.shape[1] < 3:
        return np.nan, np.nan
    from scipy.stats import page_trend_test  # half a second to import, and most statistics test no trend

    found = page_trend_test(outcomes)
    return float(found.statistic), float(found.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's (1979) adjusted p; an undefined p counts in the size of its family and stays undefined.

    Four lines of our own: statsmodels' collects garbage at every call, which took more than half of the ledger's time.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(np.nan_to_num(p_values, nan=1.0))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.maximum.accumulate(np.nan_to_num(p_values, nan=1.0)[order] * np.arange(len(order), 0, -1))
    return np.where(np.isnan(p_values), np.nan, adjusted.clip(max=1))
