import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from reversal.statistics import pooling


def test_fisher_z_and_back():
    r = np.array([-0.9, 0, 0.3])
    np.testing.assert_allclose(pooling.fisher_z(r), 0.5 * np.log((1 + r) / (1 - r)))
    np.testing.assert_allclose(pooling.correlation(pooling.fisher_z(r)), r)


def test_r_of_one_is_infinite_by_name_and_comes_back_as_one():
    z = pooling.fisher_z(np.array([1, 1 - 1e-9, -1, np.nan]))
    np.testing.assert_array_equal(z, [np.inf, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(pooling.correlation(z), [1, 1, -1, np.nan])


def test_identical_correlations_are_pooled_with_nothing():
    z = np.array([[np.inf, np.inf], [np.inf, 0.3], [np.inf, -np.inf], [0.1, 0.3], [np.nan, 0.3], [np.nan, np.nan]])
    np.testing.assert_allclose(pooling.mean(z, 1), [np.inf, np.nan, np.nan, 0.2, 0.3, np.nan])


def test_random_effects_against_a_hand_computation():
    """DerSimonian & Laird: τ² = (Q − (k − 1)) / (Σw − Σw²/Σw), weights 1 / (v + τ²)."""
    z, variance = np.array([0.1, 0.5, 0.9, 0.4]), np.array([0.01, 0.02, 0.04, 0.01])
    weight = 1 / variance
    fixed = (weight * z).sum() / weight.sum()
    between = ((weight * (z - fixed) ** 2).sum() - 3) / (weight.sum() - (weight**2).sum() / weight.sum())
    weight = 1 / (variance + between)
    found = pooling.random_effects(z, variance)
    np.testing.assert_allclose(found, [(weight * z).sum() / weight.sum(), between])


def test_equal_variances_give_the_plain_mean_and_the_excess_variance():
    z = np.array([0.1, 0.5, 0.9, 0.4])
    np.testing.assert_allclose(pooling.random_effects(z, 0.01), [z.mean(), z.var(ddof=1) - 0.01])


def test_less_spread_than_sampling_error_is_no_heterogeneity():
    assert pooling.random_effects(np.array([0.3, 0.31, 0.3]), 0.01) == (pytest.approx(0.3033, abs=1e-4), 0)


@pytest.mark.parametrize("z", [[0.4], [np.inf, np.inf], [np.nan, 0.4]])
def test_heterogeneity_is_empty_where_it_is_not_defined(z):
    assert np.isnan(pooling.random_effects(np.array(z), 0.01)[1])


def scores(z: float, spread: float, seeds: int = 10, pairs: int = 100) -> np.ndarray:
    """Standardised scores of both kinds (2, seeds, pairs), whose correlation differs over seeds."""
    random = np.random.default_rng(4)
    r = np.tanh(random.normal(z, spread, (seeds, 1)))
    x, noise = random.normal(size=(2, seeds, pairs))
    both = np.stack([x, r * x + np.sqrt(1 - r**2) * noise])
    return (both - both.mean(-1, keepdims=True)) / both.std(-1, keepdims=True)


@pytest.mark.parametrize(("z", "spread"), [(0.8, 0.3), (0.5, 0.2), (-0.6, 0.3)])
def test_the_pooled_correlation_against_a_mixed_model(z, spread):
    """MixedLM by REML agrees with the plain mean of r to 1e-4, and tanh of the mean z is as far off as is said."""
    x, y = scores(z, spread)
    r = (x * y).mean(-1)
    seeds = np.repeat(np.arange(len(x)), x.shape[1])
    fitted = MixedLM(y.ravel(), x.reshape(-1, 1), groups=seeds, exog_re=x.reshape(-1, 1)).fit()
    assert fitted.fe_params[0] == pytest.approx(pooling.slope(r), abs=1e-4)
    assert fitted.bse_fe[0] == pytest.approx(r.std(ddof=1) / np.sqrt(len(r)), rel=0.02)
    of_z = pooling.fisher_z(r)
    pooled = np.tanh(pooling.random_effects(of_z, 1 / 97)[0])
    expected = of_z.var(ddof=1) * pooled * (1 - pooled**2)
    assert pooled - fitted.fe_params[0] == pytest.approx(expected, abs=0.01)
    assert abs(pooled) > abs(fitted.fe_params[0])


def test_no_slope_of_what_is_one_by_construction():
    assert pooling.slope(np.array([0.2, np.nan, 0.4])) == pytest.approx(0.3)
    assert np.isnan(pooling.slope(np.array([1.0, 1.0])))
    assert np.isnan(pooling.slope(np.array([np.nan])))
