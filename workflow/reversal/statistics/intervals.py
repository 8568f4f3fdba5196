"""Intervals of a mean over seeds, and the cases in which there is none.

The unit is the seed. A seed has pairs of its own, so that the sampling error of its pairs is in the spread over seeds
already: resampling them once more would count it twice (Davison & Hinkley 1997, §3.8). Intervals are Student's,
corrected for skewness (`student`): with ten seeds a percentile bootstrap is too narrow. Cases in which the spread over seeds
says nothing go by name: see `Case`.

What a seed owes to its pairs alone, its own standard error, is had from resamples of its pairs (`pair_weights`): random
effects need it (`pooling`). They come from named streams, so that they do not depend on what else is estimated.
"""

import enum
import functools

import numpy as np

from reversal.randomness import stream
from reversal.statistics import student

RESAMPLES = 500
"""Resamples of the pairs of a seed."""


class Case(enum.Enum):
    """What the values of a quantity over seeds allow an interval to say."""

    USUAL = "usual"
    NOT_DEFINED = "not defined"
    """No seed has a value, or ±1 stands among estimates: no interval."""
    ONE_SEED = "one seed"
    """Nothing is known of the spread over seeds: no interval."""
    IDENTICAL = "identical by construction"
    """Infinite in Fisher's z, r = ±1: the interval is the value, and no estimate."""
    NO_VARIANCE = "no variance"
    """All seeds alike, such as ten zeros: the interval is the value itself, and tests must be exact."""


def case(values: np.ndarray) -> Case:
    """Which case the values of one quantity (S,) are."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Case.NOT_DEFINED
    if np.isinf(known).any():
        return Case.IDENTICAL if (known == known[0]).all() else Case.NOT_DEFINED
    if len(known) == 1:
        return Case.ONE_SEED
    return Case.NO_VARIANCE if np.ptp(known) == 0 else Case.USUAL


@functools.lru_cache(maxsize=128)
def pair_weights(seed: int, pairs: int) -> np.ndarray:
    """How much each pair of a seed weighs, (RESAMPLES, pairs), in resamples of as many pairs; each adds up to one."""
    draws = stream(seed, "bootstrap of pairs", pairs)
    return draws.multinomial(pairs, np.full(pairs, 1 / pairs), size=RESAMPLES) / pairs


def interval(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the mean over seeds; see `Case`.

    Args:
        values: (S, C), one row a seed; not a number where a seed has no value, which is then left out.
        confidence: share of such intervals that hold the mean they are about.

    Returns:
        low and high, (C,) each.
    """
    low, high = (np.full(values.shape[1], np.nan) for _ in range(2))
    cases = np.array([case(column) for column in values.T], dtype=object)
    alike = (cases == Case.IDENTICAL) | (cases == Case.NO_VARIANCE)
    low[alike] = high[alike] = np.nanmax(values[:, alike], axis=0)
    usual = cases == Case.USUAL
    low[usual], high[usual] = student.interval(values[:, usual], confidence)
    return low, high
