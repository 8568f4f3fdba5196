import numpy as np
import pytest

from reversal.statistics import intervals
from reversal.statistics.intervals import Case


@pytest.fixture
def over_seeds():
    """Ten seeds × 40 independent quantities."""
    return np.random.default_rng(1).normal(size=(10, 40))


def test_resampled_means_have_the_standard_error_of_a_mean_over_pairs():
    values = np.random.default_rng(2).normal(size=(100, 40))
    drawn = [intervals.pair_weights(seed, 100) @ values for seed in range(10)]
    assert np.mean(np.std(drawn, axis=1) / (values.std(0) / 10)) == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(intervals.pair_weights(3, 100).sum(1), 1)


def test_interval_does_not_depend_on_what_stands_beside(over_seeds):
    whole, alone = (intervals.interval(values, 0.9) for values in (over_seeds, over_seeds[:, 3:4]))
    assert (alone[0][0], alone[1][0]) == (whole[0][3], whole[1][3])


def test_more_confidence_is_wider(over_seeds):
    narrow, wide = (intervals.interval(over_seeds, confidence) for confidence in (0.5, 0.99))
    assert (wide[0] < narrow[0]).all()
    assert (wide[1] > narrow[1]).all()


@pytest.mark.parametrize(
    ("values", "case", "low", "high"),
    [
        ([0.0] * 10, Case.NO_VARIANCE, 0, 0),
        ([0.5], Case.ONE_SEED, np.nan, np.nan),
        ([0.5, np.nan], Case.ONE_SEED, np.nan, np.nan),
        ([np.nan, np.nan], Case.NOT_DEFINED, np.nan, np.nan),
        ([np.inf, np.inf], Case.IDENTICAL, np.inf, np.inf),
        ([-np.inf, -np.inf], Case.IDENTICAL, -np.inf, -np.inf),
        ([np.inf, 0.5], Case.NOT_DEFINED, np.nan, np.nan),
    ],
)
def test_degenerate_cases_go_by_name(values, case, low, high):
    column = np.array(values)
    assert intervals.case(column) is case
    found = intervals.interval(column[:, None], 0.95)
    np.testing.assert_array_equal(np.ravel(found), [low, high])


def test_a_seed_without_a_value_is_left_out():
    values = np.random.default_rng(3).normal(size=(8, 1))
    short = np.concatenate([values, [[np.nan], [np.nan]]])
    np.testing.assert_array_equal(intervals.interval(short, 0.95), intervals.interval(values, 0.95))
