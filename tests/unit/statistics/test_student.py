import numpy as np
import pytest
from scipy import stats

from reversal.statistics import student


def hall(t: float, skewness: float, count: int) -> float:
    """The transformation as the paper has it: a cube that is shifted."""
    return ((1 + skewness * t / 3) ** 3 - 1) / skewness + skewness / (6 * count)


def test_symmetric_values_are_student_s_with_two_degrees_of_freedom_less():
    values = 0.3 + np.array([-2, -1.5, -1, -0.5, -0.1, 0.1, 0.5, 1, 1.5, 2])
    t = values.mean() / (values.std(ddof=1) / np.sqrt(10))
    assert student.p_greater(values) == pytest.approx(stats.t.sf(t, 7))
    low, high = student.interval(values[:, None], 0.95)
    reach = stats.t.ppf(0.975, 7) * values.std(ddof=1) / np.sqrt(10)
    assert (low[0], high[0]) == (pytest.approx(0.3 - reach), pytest.approx(0.3 + reach))


@pytest.mark.parametrize("side", [1, -1])
def test_skewed_values_against_the_formula(side):
    values = side * (np.random.default_rng(0).exponential(size=10) - 0.8)
    t, skewness = values.mean() / values.std(ddof=1), 1.75 * stats.skew(values)
    assert 0.1 < abs(skewness * t / 3) < 0.6
    expected = stats.t.sf(np.sqrt(10) * hall(t, skewness, 10), 7)
    assert student.p_greater(values) == pytest.approx(expected)


def test_values_far_on_one_side_are_evidence_whatever_their_tail():
    """A tail towards zero, three standard deviations away: the cube is flat there, and its p would be .05."""
    values = 3 - np.array([2.2, 0.9, 0.4, 0.1, 0, -0.2, -0.5, -0.8, -0.9, -1.2])
    skewness, t = 1.75 * stats.skew(values), values.mean() / values.std(ddof=1)
    assert skewness * t / 3 < -0.9
    assert stats.t.sf(np.sqrt(10) * hall(t, skewness, 10), 7) > 0.01
    assert student.p_greater(values) < 0.002


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_what_its_test_does_not_reject(seed):
    """At its low end the test that the mean is greater has p = .025, at its high end that it is less."""
    values = np.random.default_rng(seed).exponential(size=10)
    low, high = student.interval(values[:, None], 0.95)
    assert student.p_greater(values - low[0]) == pytest.approx(0.025)
    assert student.p_greater(high[0] - values) == pytest.approx(0.025)


def test_a_long_tail_on_the_right_moves_the_interval_to_the_right():
    values = np.random.default_rng(1).exponential(size=10)
    low, high = student.interval(values[:, None], 0.95)
    assert stats.skew(values) > 0.5
    assert high[0] - values.mean() > values.mean() - low[0]
    mirrored = student.interval(-values[:, None], 0.95)
    assert (-mirrored[1][0], -mirrored[0][0]) == (pytest.approx(low[0]), pytest.approx(high[0]))


@pytest.mark.parametrize("count", [2, 4, 7])
def test_too_few_values_for_a_skewness_are_plain_student_s(count):
    values = np.random.default_rng(2).exponential(size=count)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    np.testing.assert_allclose(np.ravel(student.interval(values[:, None], 0.95)), expected)


@pytest.mark.parametrize(("name", "mean"), [("normal", 0), ("exponential", 1)])
def test_coverage(name, mean):
    """4000 samples of ten, within four standard errors of nominal: .0138. A percentile bootstrap has .90 and .87."""
    values = getattr(np.random.default_rng(3), name)(size=(10, 4000))
    low, high = student.interval(values, 0.95)
    assert np.mean((low <= mean) & (mean <= high)) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))
