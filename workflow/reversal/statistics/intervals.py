"""Two-level bootstrap: seeds are drawn, then pairs within each drawn seed (Davison & Hinkley 1997, §3.8).

The unit is the seed, and its pairs add their own sampling error. Each seed has a pool of resamples of its
pairs, made once by one matrix product for every measure and step (`resampled_means`); a replicate draws seeds and,
for each, one member of its pool. Draws come from named streams: a seed's pairs are resampled alike for every
measure, cell and table, so that intervals do not depend on what else is estimated.

Percentile intervals. Cases in which a bootstrap says nothing go by name: see `Case`.
"""

import enum
import functools

import numpy as np

from reversal.randomness import stream

POOL = 500
"""Resamples of the pairs of a seed, from which replicates draw."""
MEMORY = 4_000_000
"""Numbers held at once by the replicates of one batch of quantities."""


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
    """All seeds alike, such as ten zeros: the interval may be the value itself, and tests must be exact."""


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
def pair_counts(seed: int, pairs: int) -> np.ndarray:
    """How often each pair of a seed is drawn, (POOL, pairs), in each resample of as many pairs."""
    draws = stream(seed, "bootstrap of pairs", pairs)
    return draws.multinomial(pairs, np.full(pairs, 1 / pairs), size=POOL).astype(np.float64)


def pair_weights(seed: int, pairs: int) -> np.ndarray:
    """The same as weights (POOL, pairs), each row adding up to one."""
    return pair_counts(seed, pairs) / pairs


def resampled_means(seeds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Means over pairs (S, POOL, C) for resamples of the pairs of values (S, P, C)."""
    pairs = values.shape[1]
    sums = [pair_counts(int(seed), pairs) @ of_seed for seed, of_seed in zip(seeds, values, strict=True)]
    return np.stack(sums) / pairs  # divided last: whole counts of ones add up to exactly one


@functools.lru_cache(maxsize=16)
def _draws(seeds: int, resamples: int) -> tuple[np.ndarray, np.ndarray]:
    """Seeds (resamples, seeds) and, for each, a member of its pool."""
    random = stream(seeds, "bootstrap of seeds", resamples)
    return random.integers(seeds, size=(resamples, seeds)), random.integers(POOL, size=(resamples, seeds))


def replicates(values: np.ndarray, pool: np.ndarray | None, resamples: int) -> np.ndarray:
    """Means over resampled seeds and pairs.

    Args:
        values: (S, C), one row a seed; not a number where a seed has no value, which is then left out.
        pool: (S, POOL, C) from resampled pairs, or None where pairs are not to be had: then seeds alone are drawn.
        resamples: number of replicates.

    Returns:
        (resamples, C); not a number where no drawn seed has a value.
    """
    drawn, members = _draws(len(values), resamples)
    total = np.zeros((resamples, values.shape[1]))
    number = np.zeros((resamples, values.shape[1]), dtype=np.int32)
    for slot in range(len(values)):
        of_slot = values[drawn[:, slot]] if pool is None else pool[drawn[:, slot], members[:, slot]]
        known = np.isfinite(of_slot)
        number += known
        total += np.where(known, of_slot, 0)
    with np.errstate(invalid="ignore"):
        return total / number


def interval(
    values: np.ndarray, pool: np.ndarray | None, resamples: int, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval (low, high), (C,) each, of the mean over seeds; see `replicates` and `Case`."""
    low, high = (np.full(values.shape[1], np.nan) for _ in range(2))
    cases = np.array([case(column) for column in values.T], dtype=object)
    same = cases == Case.IDENTICAL
    low[same] = high[same] = np.nanmax(values[:, same], axis=0)
    usual = np.flatnonzero((cases == Case.USUAL) | (cases == Case.NO_VARIANCE))
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    batch = max(1, MEMORY // resamples)
    for start in range(0, len(usual), batch):
        chosen = usual[start : start + batch]
        drawn = replicates(values[:, chosen], None if pool is None else pool[:, :, chosen], resamples)
        quantile = np.nanquantile if np.isnan(drawn).any() else np.quantile
        low[chosen], high[chosen] = quantile(drawn, ends, axis=0)
    return low, high
