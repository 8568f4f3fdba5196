import numpy as np
import pytest
from scipy import stats

from reversal.statistics import tests


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


def test_many_seeds_are_flipped_at_random_and_alike_every_time():
    values = np.random.default_rng(0).normal(0.3, 1, size=30)
    first = tests.sign_flip(values)
    assert first == tests.sign_flip(values)
    assert first == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)


def test_ten_zeros_are_not_better_than_chance():
    assert tests.non_superiority(np.zeros(10), 0.06, np.zeros(2000)) == pytest.approx(2**-10)
    assert tests.superiority(np.zeros(10), 0.01) == 1


def test_two_zeros_show_nothing():
    assert tests.non_superiority(np.zeros(2), 0.06, np.zeros(2000)) == 0.25


def test_one_run_that_reverses_is_seen_by_the_mean():
    values = np.array([0.0] * 9 + [1.0])
    over_seeds = tests.non_superiority(values, 0.06)
    assert over_seeds == pytest.approx(11 / 1024)
    drawn = np.random.default_rng(0).choice(values, size=(2000, 10)).mean(1)
    assert tests.non_superiority(values, 0.06, drawn) == pytest.approx(1 - 0.9**10, abs=0.05)


def test_null_tests_keep_their_level():
    """Accuracies exactly at chance + margin, and exactly at chance: no more than 5 % false positives of either kind."""
    random = np.random.default_rng(0)
    at_bound = random.binomial(100, 0.06, size=(300, 10)) / 100
    drawn = [random.choice(values, size=(200, 10)).mean(1) for values in at_bound]
    inferior = [tests.non_superiority(values, 0.06, own) <= 0.05 for values, own in zip(at_bound, drawn, strict=True)]
    at_chance = random.binomial(100, 0.01, size=(300, 10)) / 100
    superior = [tests.superiority(values, 0.01) <= 0.05 for values in at_chance]
    assert np.mean(inferior) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean(superior) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_non_superiority_has_power_at_chance():
    random = np.random.default_rng(0)
    at_chance = random.binomial(100, 0.01, size=(50, 10)) / 100
    drawn = [random.choice(values, size=(200, 10)).mean(1) for values in at_chance]
    found = [tests.non_superiority(values, 0.06, own) for values, own in zip(at_chance, drawn, strict=True)]
    assert np.mean(np.array(found) <= 0.05) > 0.95


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


def test_holm_by_hand_with_an_undefined_claim_in_the_family():
    np.testing.assert_allclose(tests.holm(np.array([0.01, np.nan, 0.02])), [0.03, np.nan, 0.04])
