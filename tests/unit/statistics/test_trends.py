"""Trends over ordered levels, against rank correlations had by hand."""

import numpy as np
import pytest
from scipy import stats

from reversal.statistics import trends
from tests.unit.statistics.made_up_runs import INFERENCE

LEVELS = np.array([0.0, 1.0, 3.0, 10.0])
RISING, NEARLY = [0.1, 0.2, 0.3, 0.4], [0.1, 0.3, 0.2, 0.4]


def test_a_seed_of_equal_outcomes_has_no_slope_and_takes_none_from_the_others():
    found = trends.mean_slope(np.array([RISING, [0.5] * 4, NEARLY]), LEVELS, INFERENCE)
    assert found["runs"] == 2
    assert found["value"] == pytest.approx(
        np.mean([stats.spearmanr(run, LEVELS).statistic for run in (RISING, NEARLY)])
    )


def test_the_interval_ends_where_rank_correlations_do():
    found = trends.mean_slope(np.array([RISING, RISING, NEARLY]), LEVELS, INFERENCE)
    assert found["low"] < found["value"] < found["high"] == 1
    fallen = trends.mean_slope(-np.array([RISING, RISING, NEARLY]), LEVELS, INFERENCE)
    assert (fallen["low"], fallen["high"]) == (-1, pytest.approx(-found["low"]))


@pytest.mark.parametrize("outcomes", [np.empty((0, 4)), np.full((3, 4), 0.5)])
def test_without_a_slope_there_is_nothing_to_tell(outcomes):
    found = trends.mean_slope(outcomes, LEVELS, INFERENCE)
    assert found["runs"] == 0
    assert np.isnan([found[column] for column in ("value", "low", "high")]).all()
