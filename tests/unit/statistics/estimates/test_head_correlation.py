"""Means over heads in Fisher's z, differences in r, and intervals over facts."""

import numpy as np
import pandas as pd
import pytest

from reversal.figures import rows
from reversal.statistics.estimates import head_correlation
from tests.unit.statistics.made_up_answers import cell_of, heads
from tests.unit.statistics.made_up_runs import INFERENCE

SEEDS = range(6)


def estimate(found: pd.DataFrame, passed=None, **changes) -> pd.DataFrame:
    passed = passed or dict.fromkeys(found["seed"].unique(), True)
    return head_correlation.estimate([cell_of("heads", found, passed, **changes)], INFERENCE)


def the(table: pd.DataFrame, **wanted) -> pd.Series:
    wanted = {"step": 100, "relation": "all", "layer": None, "head": None, "measure": "r", **wanted}
    if wanted.get("level") == "cell":
        wanted = {"over": "seeds", "gated": True, **wanted}
    found = rows.where(table, **wanted)
    assert len(found) == 1
    return found.iloc[0]


def test_heads_are_averaged_in_z_over_a_layer_and_over_all(fits):
    r = np.array([[0.9, 0.1], [-0.5, 0.3]])
    table = estimate(heads(SEEDS, r))
    fits(table, "head_correlation")
    for layer in (0, 1):
        for level in ("run", "cell"):
            one = rows.where(table, level=level, step=100, layer=layer, head=None, measure="r")
            assert set(one["value"].round(12)) == {round(float(np.tanh(np.arctanh(r[layer]).mean())), 12)}
    assert the(table, level="cell")["value"] == pytest.approx(np.tanh(np.arctanh(r).mean()))
    assert the(table, level="cell", layer=1, head=0)["value"] == pytest.approx(-0.5)
    assert the(table, level="cell", measure="weight_rev")["value"] == 0.5


def test_a_head_that_does_not_vary_is_left_out_of_the_mean(fits):
    table = estimate(heads(SEEDS, np.array([[0.9, np.nan], [np.nan, np.nan]])))
    fits(table, "head_correlation")
    assert the(table, level="cell", layer=0)["value"] == pytest.approx(0.9)
    assert the(table, level="cell")["value"] == pytest.approx(0.9)
    assert pd.isna(the(table, level="cell", layer=1)["value"])


def test_training_is_held_against_the_same_model_untrained():
    """r falls from .7 to .2 in every run, give or take what the seed brings to both."""
    wobble = 0.01 * np.arange(6)[:, None, None, None]
    r = np.array([0.7, 0.2])[:, None, None] + wobble * np.array([1, -1])[:, None, None]
    table = estimate(heads(SEEDS, r))
    found = the(table, level="cell", measure="trained_minus_initial")
    assert found["value"] == pytest.approx(-0.5 - 0.02 * 2.5)
    assert found["p_value"] == pytest.approx(2 / 64)
    assert rows.where(table, step=0, measure="trained_minus_initial").empty


def test_the_wrong_key_stands_beside_the_right_one():
    table = estimate(heads(SEEDS, 0.6, wrong_r=0.2, wrong_weight_rev=0.1))
    assert the(table, level="cell", measure="wrong_r")["value"] == pytest.approx(0.2)
    assert the(table, level="cell", measure="r_minus_wrong")["value"] == pytest.approx(0.4)
    assert the(table, level="cell", measure="weight_rev_minus_wrong")["value"] == pytest.approx(0.4)
    assert the(table, level="cell", measure="weight_fwd_minus_wrong")["value"] == 0


@pytest.mark.parametrize(("facts", "freedom", "units"), [(102, 400, 102), (102, 50, 50)])
def test_over_facts_the_interval_is_fishers(facts, freedom, units):
    """Several questions about a fact do not make more facts; strata cost degrees of freedom."""
    found = heads([7], 0.5, steps=(0,), facts=facts, freedom=freedom)
    table = estimate(found, trained=(), settings={"checkpoints": [0]})
    one = the(table, step=0, level="cell", over="facts", layer=0, head=1)
    reach = 1.959963984540054 / np.sqrt(units - 2)
    low, high = (np.tanh(np.arctanh(0.5) + way * reach) for way in (-1, 1))
    assert one[["value", "low", "high"]].tolist() == pytest.approx([0.5, low, high])
    assert pd.isna(the(table, step=0, level="cell", layer=0, head=1)["low"])
    assert set(table.loc[table["over"] == "facts", "measure"]) == {"r", "wrong_r"}


def test_causal_models_have_no_rows(fits):
    table = estimate(heads([0], 0.5).iloc[:0], passed={0: True})
    fits(table, "head_correlation")
    assert table.empty
