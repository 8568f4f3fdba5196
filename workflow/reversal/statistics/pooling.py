"""Correlations taken together: Fisher's z, and random effects over seeds.

z = artanh r has variance close to 1 / (N − 3) for N pairs (Fisher 1921). An |r| of 1 is a property of the model
(no positions, T5 bias, ALiBi, one angle of 0 or π / 2Δ), never an estimate: it is infinite in z, carried along by
that name and pooled with nothing.
"""

import numpy as np

IDENTICAL = 1 - 1e-6
"""|r| from here on is 1 by construction: scores are single floats, and 1 − r is then rounding."""


def fisher_z(r: np.ndarray) -> np.ndarray:
    """Artanh r; ±inf where r is ±1 by construction, not a number where r is not defined."""
    r = np.asarray(r, dtype=np.float64)
    inside = np.arctanh(np.clip(r, -IDENTICAL, IDENTICAL))
    return np.where(np.abs(r) >= IDENTICAL, np.copysign(np.inf, r), inside)


def correlation(z: np.ndarray) -> np.ndarray:
    """R = tanh z, ±1 for ±inf."""
    return np.tanh(z)


def mean(z: np.ndarray, axis: int) -> np.ndarray:
    """Mean along an axis over what is defined; ±inf where all are that, not a number where only some are infinite."""
    known = ~np.isnan(z)
    finite = np.isfinite(z)
    number = finite.sum(axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(finite, z, 0).sum(axis) / number
    highest = np.where(known, z, -np.inf).max(axis)
    lowest = np.where(known, z, np.inf).min(axis)
    infinite = known.sum(axis) - number
    average = np.where(infinite > 0, np.nan, average)
    same = (infinite > 0) & (number == 0) & (highest == lowest)
    return np.where(same, highest, average)


def slope(r: np.ndarray) -> float:
    """The slope of a mixed model: standardised scores of either kind on those of the other, a random slope a seed.

    A seed's own slope is its r; with as many pairs in every seed all have one weight, and the model's fixed slope is the
    plain mean of r (held to statsmodels' MixedLM by a test). tanh of the mean z is further from zero, by about
    τ² r (1 − r²) for a variance τ² of z over seeds: r of one seed that is high counts for more in z.

    Args:
        r: (S,), one a seed; undefined ones are left out.

    Returns:
        The slope, or not a number where an r is ±1 by construction or none is defined.
    """
    known = r[~np.isnan(r)]
    return float(known.mean()) if len(known) and (np.abs(known) < IDENTICAL).all() else np.nan


def random_effects(z: np.ndarray, variance: float | np.ndarray) -> tuple[float, float]:
    """Mean of z over seeds and the variance τ² between them (DerSimonian & Laird 1986).

    With the same number of pairs in every seed, the variance within seeds is one number, all weights are
    alike, and the mean is the plain one.

    Args:
        z: (S,), one a seed; undefined ones are left out.
        variance: of each z about its seed's own, a number or (S,).

    Returns:
        Mean z and τ²; τ² is not a number for fewer than two seeds or where z is infinite.
    """
    z = np.asarray(z, dtype=np.float64)
    known = ~np.isnan(z)
    within = np.broadcast_to(variance, z.shape)[known]
    z = z[known]
    if len(z) < 2 or np.isinf(z).any() or not (within > 0).all():
        return float(mean(z, 0)) if len(z) else np.nan, np.nan
    from statsmodels.stats.meta_analysis import combine_effects  # half a second to import, and few statistics need it

    with np.errstate(all="ignore"):  # of summaries that a negative moment estimate leaves undefined
        pooled = combine_effects(z, within, method_re="chi2")
    if pooled.tau2 <= 0:  # statsmodels leaves a negative moment estimate as it is
        return float(pooled.mean_effect_fe), 0.0
    return float(pooled.mean_effect_re), float(pooled.tau2)
