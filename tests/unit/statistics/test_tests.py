import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reversal.statistics import student, tests


def test_ten_seeds_of_one_sign_give_the_smallest_p():
    values = np.linspace(0.1, 1, 10)
    assert tests.sign_flip(values) == pytest.approx(2 / 1024)
    assert tests.sign_flip(values, "greater") == pytest.approx(1 / 1024)
    assert tests.sign_flip(values, "less") == 1


def test_sign_flip_against_counting_by_hand():
    """±1, ±2, ±4 have eight equally likely sums; 1 − 2 + 4 = 3 or more is had by 7, 5 and 3."""
    assert tests.sign_flip(np.array([1.0, -2.0, 4.0]), "greater") == pytest.approx(3 / 8)


def test_no_difference_at_all_is_no_evidence():
    assert tests.sign_flip(np.zeros(10)) == 1
    assert tests.sign_flip(np.full(10, 1e-9)) == 1  # rounding


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan]])
def test_sign_flip_needs_two_seeds(values):
    assert np.isnan(tests.sign_flip(np.array(values)))


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_sign_flip_is_scipy_s_permutation_test(alternative):
    for values in np.random.default_rng(1).normal(0.5, 1, size=(5, 8)).round(2):
        exact = {"permutation_type": "samples", "n_resamples": np.inf, "alternative": alternative}
        assert tests.sign_flip(values, alternative) == stats.permutation_test((values,), np.mean, **exact).pvalue


def test_many_seeds_are_flipped_at_random_and_alike_every_time():
    values = np.random.default_rng(0).normal(0.3, 1, size=30)
    first = tests.sign_flip(values)
    assert first == tests.sign_flip(values)
    assert first == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_of_a_mean_the_larger_p_counts(alternative):
    for values in np.random.default_rng(2).exponential(size=(20, 10)).round(3) - 1:
        of_t = student.p_greater(values if alternative == "greater" else -values)
        assert tests.mean(values, alternative) == pytest.approx(max(tests.sign_flip(values, alternative), of_t))


def test_a_mean_of_values_without_variance_is_left_to_the_signs():
    assert tests.mean(np.full(10, 0.3), "greater") == pytest.approx(2**-10)
    assert tests.mean(np.full(10, 0.3)) == pytest.approx(2**-9)
    assert tests.mean(np.zeros(10), "greater") == 1


@pytest.mark.parametrize("values", [[], [1.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_a_mean_needs_two_seeds(values):
    assert np.isnan(tests.mean(np.array(values)))
    assert np.isnan(tests.mean(np.array(values), "less"))


def test_ten_zeros_are_not_better_than_chance():
    assert tests.non_superiority(np.zeros(10), 0.06) == pytest.approx(2**-10)
    assert tests.superiority(np.zeros(10), 0.01) == 1


def test_ten_values_at_the_bound_are_not_below_it():
    assert tests.non_superiority(np.full(10, 0.06), 0.06) == 1


def test_two_zeros_show_nothing():
    assert tests.non_superiority(np.zeros(2), 0.06) == 0.25


def test_nine_of_ten_below_the_bound_are_not_enough_if_the_tenth_reverses():
    """The exact part alone, 11/1024, would call that no better than chance; the mean is at .1."""
    assert tests.non_superiority(np.array([0.0] * 9 + [0.07]), 0.06) == pytest.approx(11 / 1024)
    assert tests.non_superiority(np.array([0.0] * 9 + [1.0]), 0.06) > 0.5


def test_non_superiority_is_undefined_without_seeds():
    assert np.isnan(tests.non_superiority(np.array([np.nan]), 0.06))


@pytest.mark.parametrize(("centre", "equivalent"), [(0.0, True), (0.2, False), (-0.2, False)])
def test_equivalence_is_within_the_margin_on_both_sides(centre, equivalent):
    values = centre + np.linspace(-0.01, 0.01, 10)
    assert (tests.equivalence(values, 0.05) < 0.05) == equivalent
    assert tests.equivalence(values, 0.05, centre) == pytest.approx(1 / 1024)


def test_page_on_monotone_data():
    """Ranks 1 … 4 in each of five blocks: L = 5 · (1 + 4 + 9 + 16), and p = (1/4!)⁵ for the one best order."""
    rising = np.tile([0.1, 0.2, 0.5, 0.6], (5, 1))
    statistic, p_value = tests.page(rising)
    assert statistic == 150
    assert p_value == pytest.approx((1 / 24) ** 5)
    assert tests.page(rising[:, ::-1])[1] == pytest.approx(1)


@pytest.mark.parametrize("outcomes", [np.ones((1, 4)), np.ones((5, 2)), np.full((5, 4), np.nan)])
def test_page_is_empty_without_blocks_or_doses(outcomes):
    assert np.isnan(tests.page(outcomes)).all()


@pytest.mark.parametrize("size", [0, 1, 2, 17])
def test_holm_is_what_statsmodels_adjusts(size):
    p_values = np.random.default_rng(size).uniform(0, 0.2, size).round(2)
    expected = multipletests(p_values, method="holm")[1] if size else p_values
    np.testing.assert_allclose(tests.holm(p_values), expected)


def test_holm_by_hand_with_an_undefined_claim_in_the_family():
    np.testing.assert_allclose(tests.holm(np.array([0.01, np.nan, 0.02])), [0.03, np.nan, 0.04])
