"""Contrasts of maps that are known, and the one map that is kept."""

import numpy as np
import pandas as pd
import pytest

from reversal.statistics import intervals
from reversal.statistics.arrays import crossing
from reversal.statistics.estimates import heatmap
from tests.unit.statistics.made_up_runs import INFERENCE, STEPS, cell_runs

SEEDS = range(10)
ENDS = (STEPS[0], STEPS[-1])


def logits(own: np.ndarray | float, pairs: int = 5, **about) -> pd.DataFrame:
    """Maps whose diagonal is `own` at the last step (a number a prompt) and whose other numbers add up to nothing."""
    rows = crossing(seed=SEEDS, step=ENDS, row=range(pairs), column=range(pairs))
    rows = rows.assign(query="target", both_ways=False, trained=True)
    diagonal = np.broadcast_to(own, pairs)[rows["row"]]
    aside = np.where(rows["column"] > rows["row"], 1.0, -1.0) * (pairs % 2)
    balance = aside - aside_mean(rows, aside)
    value = np.where(rows["row"] == rows["column"], diagonal, balance)
    return rows.assign(logit=np.where(rows["step"] == ENDS[-1], value, 0.0), **about)


def aside_mean(rows: pd.DataFrame, aside: np.ndarray) -> np.ndarray:
    """Mean of the numbers off the diagonal in each row of each map."""
    off = rows["row"] != rows["column"]
    means = rows.assign(aside=np.where(off, aside, np.nan)).groupby(["seed", "step", "row"])["aside"].transform("mean")
    return means.to_numpy()


def made(rows: pd.DataFrame, **given) -> pd.DataFrame:
    return heatmap.estimate([cell_runs(tables={"logits": rows}, **given)], INFERENCE)


def contrast(table: pd.DataFrame, **where) -> pd.Series:
    rows = table[(table["level"] == "cell") & table["gated"].eq(True) & (table["measure"] == "contrast")]
    for column, value in {"step": ENDS[-1], **where}.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_contrast_is_the_diagonal_over_the_rest(fits):
    table = made(logits(np.arange(5.0)))
    fits(table, "heatmap")
    assert contrast(table)["value"] == pytest.approx(2)
    assert contrast(table, step=0)["value"] == 0


def test_seeds_make_the_interval():
    """Contrasts of 0 to 9 in ten seeds."""
    rows = logits(0.0)
    own = (rows["row"] == rows["column"]) & (rows["step"] == ENDS[-1])
    row = contrast(made(rows.assign(logit=rows["logit"].where(~own, rows["seed"].astype(float)))))
    low, high = intervals.interval(np.arange(10.0)[:, None], INFERENCE["confidence"])
    assert (row["value"], row["low"], row["high"]) == pytest.approx((4.5, low[0], high[0]))
    assert low[0] < 3 < 6 < high[0]


def test_contrasts_of_one_map():
    square = np.array([[9.0, 1, 2], [4, 5, 6], [7, 9, 8]])
    np.testing.assert_allclose(heatmap.contrasts(square), [7.5, 0, 0])
    assert np.isnan(heatmap.contrasts(np.ones((1, 1)))).all()


def test_a_logit_that_is_the_same_everywhere_is_no_contrast():
    rows = logits(3.0)
    shifted = rows.assign(logit=rows["logit"] + 100)
    assert contrast(made(shifted))["value"] == pytest.approx(contrast(made(rows))["value"])


def test_queries_and_kinds_of_pairs_stay_apart():
    parts = [
        logits(12.0),
        logits(0.5, query="reverse", trained=False),
        logits(11.0, pairs=3, query="reverse", both_ways=True),
    ]
    table = made(pd.concat(parts))
    assert contrast(table, query="reverse", both_ways=False)["value"] == pytest.approx(0.5)
    assert contrast(table, query="reverse", both_ways=True)["value"] == pytest.approx(11)
    assert not contrast(table, query="reverse", both_ways=False)["trained"]


@pytest.mark.parametrize(("passed", "seed"), [(None, 0), ({3, 5}, 3), (set(), 0)])
def test_the_map_is_of_the_first_seed_that_learnt(fits, passed, seed):
    rows = logits(12.0)
    rows["logit"] += rows["seed"]
    table = made(rows, passed=passed)
    fits(table, "heatmap")
    kept = table[table["level"] == "matrix"]
    assert set(kept["seed"]) == {seed}
    assert set(kept["passed"]) == {passed is None or seed in passed}
    assert len(kept) == 25
    own = kept[kept["row"] == kept["column"]]
    np.testing.assert_allclose(own["value"].astype(float), 12 + seed)


def test_texts_without_maps_have_no_rows(fits):
    table = made(logits(1.0).iloc[:0])
    fits(table, "heatmap")
    assert not len(table)
