"""What the calibration counts, on scenarios whose rates are known, and that our tests and intervals hold."""

import itertools

import numpy as np
import pytest
from scipy import stats

from reversal.errors import ReversalError
from reversal.statistics import calibration, scenarios
from reversal.statistics.scenarios import Scenario

ABOVE = {"test": "sign_flip", "alternative": "greater", "threshold": 0}


def constant(value: float):
    """Seeds all alike."""
    return lambda random, count: np.full((count, scenarios.SEEDS), value)


def rates(found, **where):
    for column, value in where.items():
        found = found[found[column] == value]
    return found["rate"].tolist()


def test_what_is_certain_is_counted_every_time(fits):
    sure, never = Scenario("above", constant(1), 0, ABOVE), Scenario("below", constant(-1), 0, ABOVE)
    found = calibration.simulate(30, null=[sure, never], effect=[sure], covered=[Scenario("one", constant(1), 1)])
    fits(found, "calibration")
    assert rates(found, truth="null", outcome="supported") == [1, 0]
    assert rates(found, truth="null", outcome="contradicted") == [0, 1]
    assert rates(found, truth="effect") == rates(found, truth="covered") == [1]
    assert found[found["truth"] == "null"]["verdict"].tolist() == ["liberal", "nominal", "nominal", "liberal"]
    assert rates(calibration.simulate(30, [], [], [Scenario("one", constant(1), 2)]), truth="covered") == [0]


def test_the_monte_carlo_interval_is_clopper_and_pearson_s_for_all_rows_together():
    sure = Scenario("above", constant(1), 0, ABOVE)
    alone, two = (calibration.simulate(30, [], [sure] * count, []) for count in (1, 2))
    assert alone["low"][0] == pytest.approx(0.025 ** (1 / 30))
    assert two["low"][0] == pytest.approx(0.0125 ** (1 / 30))
    assert alone["high"][0] == 1


def test_a_simulation_is_the_same_every_time():
    some = {"null": scenarios.NULL[:1], "effect": [], "covered": scenarios.COVERED[:1]}
    assert calibration.simulate(20, **some).equals(calibration.simulate(20, **some))


def test_what_exact_tests_attain():
    """51 of 1024 sign flips; 11 of 1024 for nine of ten seeds below the bound; of an equivalence 25 on either side."""
    levels = {
        (scenario.claim["test"], outcome): calibration._attainable(scenario, outcome)
        for scenario in scenarios.NULL[:-2]
        for outcome in ("supported", "contradicted")
    }
    assert levels["sign_flip", "supported"] == levels["superiority", "supported"] == 51 / 1024
    assert levels["non_superiority", "supported"] == levels["superiority", "contradicted"] == 11 / 1024
    assert levels["equivalence", "contradicted"] == 50 / 1024


def test_the_distribution_of_page_s_statistic_is_scipy_s():
    attained = calibration._of_page(3)
    orders = np.array(list(itertools.permutations([1, 2, 3])))
    seeds = np.concatenate([orders, orders[:4]])
    p_values = [stats.page_trend_test(seeds[:, ::turn], method="exact").pvalue for turn in (1, -1)]
    assert attained <= 0.05
    random = np.random.default_rng(0)
    found = {stats.page_trend_test(random.permuted(seeds, axis=1), method="exact").pvalue for _ in range(200)}
    assert max(p for p in [*found, *p_values] if p <= 0.05) == pytest.approx(attained)


@pytest.mark.parametrize("scenario", scenarios.COVERED, ids=lambda scenario: scenario.data)
def test_what_is_simulated_has_the_mean_that_is_said(scenario):
    """Within four standard errors; an r over 100 pairs is too large by r / 198 in z (Hotelling 1953)."""
    values = scenario.draw(np.random.default_rng(0), 4000).mean(1)
    bias = np.tanh(scenario.mean) / 198 if scenario.measure == "pearson" else 0
    assert abs(values.mean() - scenario.mean - bias) < 4 * values.std() / np.sqrt(4000)


@pytest.mark.parametrize("differ", [0.02, 0.1])
def test_proportions_differ_over_seeds_as_is_said(differ):
    values = scenarios.proportion(0.4, differ)(np.random.default_rng(0), 4000)
    expected = differ**2 + (0.24 - differ**2) / scenarios.PAIRS
    assert values.var() == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("skewness", [1, -1, 1.5])
def test_skewed_values_are_as_skewed_as_is_said(skewness):
    values = scenarios.skewed(0.05, 0.02, skewness)(np.random.default_rng(0), 40000)
    assert stats.skew(values, axis=None) == pytest.approx(skewness, rel=0.03)
    assert values.std() == pytest.approx(0.02, rel=0.01)


def test_none_of_our_tests_and_intervals_is_liberal():
    """The claim that the calibration makes, with as many simulations as a test may take."""
    found = calibration.simulate(200)
    assert "liberal" not in set(found["verdict"])
    assert not found.duplicated(["truth", "test", "data", "outcome"]).any()


def test_nothing_is_simulated_no_times(tmp_path):
    with pytest.raises(ReversalError, match="--simulations: 0 is out of range"):
        calibration.calibrate(0, tmp_path / "calibration.parquet")
