import numpy as np
import pandas as pd
import pytest

from reversal.errors import ReversalError
from reversal.statistics.arrays import crossing
from reversal.statistics.estimates import dynamics
from tests.unit.statistics.made_up_runs import DATA, INFERENCE, STEPS, cell_runs, queries

SEEDS = range(10)
WORDS = {**DATA, "other_pairs": 0, "layout": {"kind": "adjacent"}}
MODEL = {"kind": "bilinear", "width": 128, "embedding": "gaussian"}


def made(forward: list[float], reverse: list[float], both_ways=False) -> pd.DataFrame:
    """Losses (nats) at each step, alike for all pairs; pair 0's weights are twice the others'."""
    losses = {"target": forward, "reverse": reverse}
    asked = {
        (q, "none", 2, q == "target"): np.exp(-np.broadcast_to(np.array(loss)[None, :, None], (10, 3, 8)))
        for q, loss in losses.items()
    }
    weights = crossing(seed=SEEDS, step=STEPS, pair=range(8)).assign(both_ways=both_ways)
    weights = weights.assign(
        forward=np.where(weights["pair"] == 0, 2.0, 1.0), reverse=0.0, cosine=0.0, cosine_others=0.0
    )
    given = {"model": MODEL, "data": WORDS}
    cell = cell_runs(family="bilinear", tables={"queries": queries(SEEDS, asked), "weights": weights}, **given)
    return dynamics.estimate([cell], INFERENCE)


def of_cell(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    rows = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == measure)]
    return rows.sort_values("step")


def test_epsilon_is_the_exponent_of_theorem_1(fits):
    """L_rev / L_rev(0) = (L_fwd / L_fwd(0))^0.25 at the last step, and less before."""
    table = made([4.0, 2.0, 0.25], [4.0, 4.0 * 0.5**0.1, 4.0 * (1 / 16) ** 0.25])
    fits(table, "dynamics")
    epsilon = of_cell(table, "epsilon")
    assert pd.isna(epsilon["value"].iloc[0])
    np.testing.assert_allclose(epsilon["value"].iloc[1:], [0.1, 0.25], atol=1e-6)
    np.testing.assert_allclose(of_cell(table, "ratio_forward")["value"], [1, 0.5, 1 / 16], rtol=1e-6)


def test_the_bound_lies_beneath_the_reverse_loss_and_touches_it():
    """Exponents .1, then .25: the bound is the forward ratio to the power .25, met at the last step."""
    table = made([4.0, 2.0, 0.25], [4.0, 4.0 * 0.5**0.1, 4.0 * (1 / 16) ** 0.25])
    bound, reverse = (of_cell(table, measure)["value"].to_numpy() for measure in ("bound", "ratio_reverse"))
    np.testing.assert_allclose(bound, [1, 0.5**0.25, (1 / 16) ** 0.25], rtol=1e-6)
    assert (bound <= reverse + 1e-9).all()
    assert bound[-1] == pytest.approx(reverse[-1])


def test_without_a_leak_the_bound_is_one():
    np.testing.assert_array_equal(of_cell(made([4.0, 2.0, 1.0], [4.0, 4.5, 5.0]), "bound")["value"], 1)


def test_a_reverse_loss_that_rises_gives_no_negative_exponent():
    assert of_cell(made([4.0, 2.0, 1.0], [4.0, 4.5, 5.0]), "epsilon")["value"].iloc[-1] == 0


@pytest.mark.parametrize("reverse", [[4.0, 3.0, 2.0], [4.0, 6.0, 8.0]])
def test_drift_sees_a_reverse_loss_that_rises_as_it_sees_one_that_falls(reverse):
    drift = of_cell(made([4.0, 2.0, 1.0], reverse), "drift")["value"]
    np.testing.assert_allclose(drift, np.abs(np.log(np.array(reverse) / 4)), atol=1e-6)
    assert drift.iloc[-1] == pytest.approx(np.log(2), abs=1e-6)


def test_epsilon_is_the_largest_so_far():
    ratios = np.array([[1, 1], [0.5, 0.5**0.4], [0.25, 0.25**0.1]])
    np.testing.assert_allclose(dynamics.epsilon(ratios)[1:], [0.4, 0.4])


def test_weights_are_means_over_pairs():
    weight = of_cell(made([4.0, 2.0, 1.0], [4.0, 4.0, 4.0]), "weight_forward").iloc[-1]
    assert weight["value"] == pytest.approx(9 / 8)
    assert (weight["low"], weight["high"]) == (weight["value"], weight["value"])  # all seeds alike


def test_pairs_told_both_ways_have_no_reverse_to_watch():
    with pytest.raises(ReversalError, match="every pair is told both ways"):
        made([4.0, 2.0, 1.0], [4.0, 4.0, 4.0], both_ways=True)


def test_the_one_layer_transformer_is_asked_back_with_the_inverse_relation(fits):
    """Two frames are asked; L_rev is the one in the right frame. Unit vectors have no width."""
    losses = {
        ("target", "same"): [4.0, 2.0, 0.25],
        ("reverse", "inverse"): [4.0, 4.0, 4.0],
        ("reverse", "same"): [9.0] * 3,
    }
    asked = {
        (query, frame, 2, query == "target"): np.exp(-np.broadcast_to(np.array(loss)[None, :, None], (10, 3, 8)))
        for (query, frame), loss in losses.items()
    }
    weights = crossing(seed=SEEDS, step=STEPS, pair=range(8)).assign(
        both_ways=False, forward=1.0, reverse=0.0, cosine=0.0, cosine_others=0.0
    )
    given = {"model": {"kind": "tian"}, "data": {**DATA, "relation": "inverse"}}
    tables = {"queries": queries(SEEDS, asked), "weights": weights}
    tian = cell_runs(name="tian", family="ARM", tables=tables, **given)
    table = dynamics.estimate([tian], INFERENCE)
    fits(table, "dynamics")
    assert table[["width", "embedding"]].isna().all(axis=None)
    np.testing.assert_allclose(of_cell(table, "loss_reverse")["value"], 4)
    assert of_cell(table, "drift")["value"].iloc[-1] == 0
    assert of_cell(table, "epsilon")["value"].iloc[-1] == 0


def test_other_models_have_no_rows(fits):
    table = dynamics.estimate([cell_runs()], INFERENCE)
    fits(table, "dynamics")
    assert not len(table)
