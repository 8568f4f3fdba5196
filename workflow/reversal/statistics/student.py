"""Student's t for the mean of a skewed sample: Hall's (1992) transformation, its test and its interval.

With t = (x̄ − μ) / s and γ the skewness of the population,

    g(t) = t + γ t² / 3 + γ² t³ / 27 + γ / 6n,

has no skewness to the order 1/n, so that √n·g is held against Student's quantiles. g is a cube, ((1 + γt/3)³ − 1) / γ plus a
constant: it never falls, and its inverse gives the interval that belongs to the test (Hall 1992, "On the removal of
skewness by transformation", J. R. Statist. Soc. B 54). Two things are ours, and `calibration` measures what they do:

- a small sample shows less skewness than there is: with ten values about 1.75 times less (see `_skewness`);
- one degree of freedom fewer than usual, for the skewness is estimated as well.

At ten seeds the percentile bootstrap, over seeds or seeds and pairs, covers .90 of what it says it covers .95 of, Student's
interval .94 where the skewness is 1, and the sign-flip test finds .08 to .10 false positives there on the side of the short tail.
"""

import numpy as np
from scipy import stats

ENOUGH = 5
"""Values from which a skewness is estimated; with fewer it counts as none."""
SHRUNK, MOST = 7.5, 2.0
"""A sample of n shows 1 + SHRUNK / n times less skewness than there is, or MOST times."""
STRAIGHT = 1e-6
"""Skewness below which the transformation is the identity."""


def p_greater(values: np.ndarray) -> float:
    """One-sided p of a mean of zero or below; values (S,) that are not all alike."""
    count, t, skewness = (float(one[0]) for one in _standardised(values[:, None]))
    transformed = t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / (6 * count)
    return float(stats.t.sf(np.sqrt(count) * transformed, _freedom(count)))


def interval(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval (low, high), (C,) each, of the means of values (S, C); missing ones are left out, two have to be there."""
    count, _, skewness = _standardised(values)
    mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)
    reach = stats.t.ppf((1 + confidence) / 2, _freedom(count)) / np.sqrt(count)
    return tuple(mean - spread * _back(side * reach, skewness, count) for side in (1, -1))


def _standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many, t over √n and the skewness, (C,) each, of the columns of values (S, C)."""
    count, mean = (~np.isnan(values)).sum(0), np.nanmean(values, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return count, mean / np.nanstd(values, axis=0, ddof=1), _skewness(values - mean, count)


def _skewness(centred: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Of the population, from that of the sample."""
    square, cube = np.nanmean(centred**2, axis=0), np.nanmean(centred**3, axis=0)
    shown = cube / np.where(square > 0, square, 1) ** 1.5
    return np.where(count < ENOUGH, 0, shown * np.minimum(1 + SHRUNK / count, MOST))


def _freedom(count: np.ndarray | float) -> np.ndarray:
    return np.where(count < ENOUGH, count - 1, count - 2)


def _back(transformed: np.ndarray, skewness: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The t over √n at which g has a value."""
    straight = np.abs(skewness) < STRAIGHT
    bent = np.where(straight, 1, skewness)
    t = 3 / bent * (np.cbrt(1 + bent * (transformed - bent / (6 * count))) - 1)
    return np.where(straight, transformed, t)
