"""Tests over seeds. The unit is the seed: nothing here counts pairs as replicates of one another.

All are exact or permutation tests, because ten zeros, or ten ones, have no variance to put into a t.
"""

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reversal.randomness import stream

EXACT = 12
"""Seeds up to which all 2ⁿ sign flips are made; beyond, `FLIPS` random ones."""
FLIPS = 9999
DECIMALS = 7
"""Differences are tested to as many decimals: tables hold single floats, and rounding is no effect."""


def sign_flip(values: np.ndarray, alternative: str = "two-sided") -> float:
    """P of a mean of zero, by flipping the signs of the seeds' values (Fisher 1935).

    Under the null hypothesis a seed's value is as likely to be negative as positive. With n seeds the smallest
    two-sided p is 2^(1−n), with ten .002.

    Args:
        values: (S,), one a seed; undefined ones are left out.
        alternative: two-sided, greater or less.

    Returns:
        p, or not a number for fewer than two seeds.
    """
    values = np.round(values[np.isfinite(values)], DECIMALS)
    if len(values) < 2:
        return np.nan
    if len(values) <= EXACT:
        options = {"n_resamples": np.inf}
    else:
        options = {"n_resamples": FLIPS, "rng": stream(len(values), "sign flips")}
    return float(
        stats.permutation_test(
            (values,), np.mean, permutation_type="samples", vectorized=True, alternative=alternative, **options
        ).pvalue
    )


def superiority(values: np.ndarray, bound: float) -> float:
    """One-sided p of "the mean over seeds is `bound` or below", by sign flips."""
    return sign_flip(np.asarray(values) - bound, "greater")


def non_superiority(values: np.ndarray, bound: float, replicates: np.ndarray | None = None) -> float:
    """One-sided p of "at or above `bound`" (chance + margin); small means: not better than chance.

    The larger of two p, so that both null hypotheses are rejected (intersection–union, Berger 1982):

    1. *over seeds, exact*: "at least half of all runs are at or above the bound". The number of runs below it
       is then at most binomial(n, ½). Ten runs at zero give 2⁻¹⁰ = .001, two give .25: no variance is needed,
       and pairs of one run never pass for independent runs. A seed that does reverse counts fully against.
    2. *by bootstrap*: "the mean is at or above the bound": the share of replicates (the given sample counted with
       them) that are, drawn over seeds and pairs for tables, over seeds for the ledger. It sees what the first does not: how far above the few are.

    No assumption-free test of the mean alone could do it: ten runs at zero are likely (p = .54) if 6 % of runs
    are at one and the rest at zero.

    Args:
        values: (S,), one a seed.
        bound: chance plus margin.
        replicates: (B,) means of resampled seeds and pairs, or seeds; None leaves the second part out.

    Returns:
        p, or not a number without seeds.
    """
    values = np.asarray(values)[np.isfinite(values)]
    if not len(values):
        return np.nan
    below = int((values < bound).sum())
    over_seeds = float(stats.binomtest(below, len(values), 0.5, alternative="greater").pvalue)
    if replicates is None:
        return over_seeds
    by_bootstrap = float((1 + (replicates >= bound).sum()) / (1 + len(replicates)))
    return max(over_seeds, by_bootstrap)


def equivalence(values: np.ndarray, margin: float, centre: float = 0.0) -> float:
    """P of "the mean is `margin` or more away from `centre`": two one-sided tests (Schuirmann 1987), by sign flips."""
    values = np.asarray(values)
    return float(
        np.max([sign_flip(values - (centre - margin), "greater"), sign_flip(values - (centre + margin), "less")])
    )


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
    found = stats.page_trend_test(outcomes)
    return float(found.statistic), float(found.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's (1979) adjusted p; an undefined p counts in the size of its family and stays undefined."""
    p_values = np.asarray(p_values, dtype=np.float64)
    adjusted = multipletests(np.nan_to_num(p_values, nan=1.0), method="holm")[1] if len(p_values) else p_values
    return np.where(np.isnan(p_values), np.nan, adjusted)
