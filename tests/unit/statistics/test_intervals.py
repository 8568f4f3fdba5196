import numpy as np
import pytest

from reversal.statistics import intervals
from reversal.statistics.intervals import Case

SEEDS = np.arange(10)


@pytest.fixture
def two_levels():
    """Ten seeds × 100 pairs × 40 independent quantities: seed effects of sd 1, pair effects of sd 5."""
    random = np.random.default_rng(1)
    return random.normal(size=(10, 1, 40)) + 5 * random.normal(size=(10, 100, 40))


def test_standard_error_is_that_of_both_levels(two_levels):
    """Var* = (Σ(x̄_s − x̄)² / S + mean of v_s / P) / S, with v_s the variance of the pairs of a seed."""
    means = two_levels.mean(1)
    drawn = intervals.replicates(means, intervals.resampled_means(SEEDS, two_levels), 4000)
    expected = np.sqrt((means.var(0) + (two_levels.var(1) / 100).mean(0)) / 10)
    assert np.mean(drawn.std(0) / expected) == pytest.approx(1, abs=0.02)
    assert np.mean((drawn.mean(0) - means.mean(0)) / expected) == pytest.approx(0, abs=0.1)


def test_without_pairs_seeds_alone_are_drawn(two_levels):
    means = two_levels.mean(1)
    drawn = intervals.replicates(means, None, 4000)
    assert np.mean(drawn.std(0) / (means.std(0) / np.sqrt(10))) == pytest.approx(1, abs=0.02)


def test_one_pair_resample_of_a_seed_serves_every_measure():
    values = np.random.default_rng(2).normal(size=(10, 30, 1))
    alone = intervals.resampled_means(SEEDS, values)
    beside = intervals.resampled_means(SEEDS, np.concatenate([values, 3 * values], axis=-1))
    np.testing.assert_allclose(beside[..., 0], alone[..., 0], atol=1e-15)
    np.testing.assert_allclose(beside[..., 1], 3 * alone[..., 0], atol=1e-14)


def test_interval_does_not_depend_on_what_stands_beside(two_levels, monkeypatch):
    means, pool = two_levels.mean(1), intervals.resampled_means(SEEDS, two_levels)
    whole = intervals.interval(means, pool, 500, 0.9)
    monkeypatch.setattr(intervals, "MEMORY", 500)  # one quantity a batch
    np.testing.assert_array_equal(intervals.interval(means, pool, 500, 0.9), whole)
    np.testing.assert_array_equal(intervals.interval(means[:, 3:4], pool[:, :, 3:4], 500, 0.9)[0], whole[0][3:4])


def test_more_confidence_is_wider(two_levels):
    means = two_levels.mean(1)
    narrow, wide = (intervals.interval(means, None, 500, confidence) for confidence in (0.5, 0.99))
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
    found = intervals.interval(column[:, None], None, 200, 0.95)
    np.testing.assert_array_equal(np.ravel(found), [low, high])


def test_a_seed_without_a_value_is_left_out():
    column = np.array([1.0, 2.0, 3.0, np.nan])[:, None]
    low, high = intervals.interval(column, None, 2000, 0.95)
    assert 1 <= low[0] < 2 < high[0] <= 3
