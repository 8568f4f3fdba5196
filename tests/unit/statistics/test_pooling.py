import numpy as np
import pytest

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
