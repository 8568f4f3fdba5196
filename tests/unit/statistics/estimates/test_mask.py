"""Weights on B over training: curves with a known peak."""

import numpy as np
import pandas as pd
import pytest

from reversal.statistics.estimates import mask
from tests.unit.statistics.made_up_runs import INFERENCE, STEPS, attention, cell_runs

SEEDS = range(10)


def seen(source: list[float], reverse: list[float] = (0.2, 0.3, 0.4), **given) -> pd.DataFrame:
    """Attention with given weights at each step; head 0 is .1 above them and head 1 as much below."""
    rows = attention(SEEDS, 0.5, **given)
    place = rows["step"].map({step: index for index, step in enumerate(STEPS)}).to_numpy()
    aside = np.where(rows["head"] == 0, 0.1, -0.1)
    return rows.assign(weight_fwd=np.array(source)[place] + aside, weight_rev=np.array(reverse)[place] + aside)


def made(rows: pd.DataFrame, **given) -> pd.DataFrame:
    return mask.estimate([cell_runs(tables={"attention": rows}, **given)], INFERENCE)


def of_cell(table: pd.DataFrame, query: str = "source", layer: int = 0) -> pd.DataFrame:
    """The gated estimates of one query, by measure and step."""
    rows = table[(table["level"] == "cell") & table["gated"] & (table["query"] == query) & (table["layer"] == layer)]
    return rows.set_index(["measure", "step"])


def test_a_rise_and_a_fall_by_hand(fits):
    table = made(seen([0.3, 0.8, 0.6]))
    fits(table, "mask")
    values = of_cell(table)["value"]
    np.testing.assert_allclose(values["weight"], [0.3, 0.8, 0.6], atol=1e-6)
    told = {name: values[name, 100] for name in mask.CURVE}
    assert told == pytest.approx(
        {
            **{"initial": 0.3, "peak": 0.8, "final": 0.6, "peak_minus_initial": 0.5, "peak_minus_final": 0.2},
            **{"peak_step": 10, "peak_inside": 1},
        },
        abs=1e-6,
    )


@pytest.mark.parametrize(("curve", "step"), [([0.3, 0.4, 0.5], 100), ([0.5, 0.4, 0.3], 0), ([0.3, 0.3, 0.3], 0)])
def test_a_peak_at_either_end_is_not_inside(curve, step):
    values = of_cell(made(seen(curve)))["value"]
    assert values["peak_step", 100] == step
    assert values["peak_inside", 100] == 0


def test_each_query_has_its_own_curve():
    values = of_cell(made(seen([0.3, 0.8, 0.6])), "reverse")["value"]
    assert values["peak_minus_initial", 100] == pytest.approx(0.2, abs=1e-6)
    assert values["peak_minus_final", 100] == pytest.approx(0, abs=1e-6)


def test_every_seed_has_its_own_peak_and_the_cell_their_share():
    rows = seen([0.3, 0.8, 0.6])
    late = (rows["seed"] < 4) & (rows["step"] == 100)
    values = of_cell(made(rows.assign(weight_fwd=rows["weight_fwd"].where(~late, 0.9))))["value"]
    assert values["peak_inside", 100] == pytest.approx(0.6)
    assert values["peak_minus_final", 100] == pytest.approx(0.6 * 0.2, abs=1e-6)


def test_the_peak_is_that_of_the_mean_over_pairs_and_not_a_mean_of_peaks():
    """Noise over pairs and none over training: the mean over pairs is flat, whatever single pairs do."""
    noise = np.random.default_rng(1).normal(0, 0.1, (10, 3, 1, 40))
    noise = (noise - noise.mean(-1, keepdims=True)).repeat(2, axis=2)
    values = of_cell(made(attention(SEEDS, 0.5).assign(weight_fwd=(0.5 + noise).ravel())))["value"]
    assert values["peak_minus_final", 100] == pytest.approx(0, abs=1e-6)
    assert values["peak", 100] == pytest.approx(0.5, abs=1e-6)


def test_every_layer_is_told_at_the_distance_of_the_text():
    first, far = seen([0.3, 0.8, 0.6]), seen([0.9, 0.9, 0.9], distances=(4,))
    second = seen([0.3, 0.4, 0.5]).assign(layer=1)
    table = made(pd.concat([first, second, far]))
    assert of_cell(table, layer=0)["value"]["peak", 100] == pytest.approx(0.8, abs=1e-6)
    assert of_cell(table, layer=1)["value"]["peak", 100] == pytest.approx(0.5, abs=1e-6)


def test_cells_without_a_mask_have_no_rows(fits):
    table = made(attention(SEEDS, 0.5).iloc[:0])
    fits(table, "mask")
    assert not len(table)
