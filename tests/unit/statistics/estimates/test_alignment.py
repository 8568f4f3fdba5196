import numpy as np
import pandas as pd
import pytest

from reversal import tables
from reversal.statistics.arrays import crossing
from reversal.statistics.estimates import alignment
from tests.unit.statistics.made_up_runs import INFERENCE, STEPS, cell_runs


@pytest.fixture
def gradients():
    rows = crossing(seed=range(10), step=STEPS, group=["all", "query_key"]).assign(forward="source")
    rows = rows.assign(cosine=0.5 + 0.01 * rows["seed"], matched=0.6, mismatched=0.1)
    whole = rows["group"] == "all"
    for name, value in {"predicted_rev": -0.02, "measured_rev": -0.03, "measured_forward": -0.06}.items():
        rows[name] = np.where(whole, value, np.nan)
    return rows.assign(predicted_forward=-0.06, optimiser_predicted_rev=np.nan, optimiser_measured_rev=np.nan)[
        list(tables.entry("gradients")["columns"])
    ]


def of_cell(table: pd.DataFrame, measure: str, group: str = "all") -> pd.Series:
    rows = table[(table["level"] == "cell") & table["gated"] & table["last"]]
    rows = rows[(rows["measure"] == measure) & (rows["group"] == group)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_means_over_seeds_with_sign_flip_p(gradients, fits):
    table = alignment.estimate([cell_runs(tables={"gradients": gradients})], INFERENCE)
    fits(table, "alignment")
    cosine = of_cell(table, "cosine", "query_key")
    assert cosine["value"] == pytest.approx(0.545)
    assert 0.5 < cosine["low"] < 0.545 < cosine["high"] < 0.59
    assert cosine["p_value"] == pytest.approx(2 / 1024)
    assert of_cell(table, "matched_minus_mismatched")["value"] == pytest.approx(0.5)
    assert of_cell(table, "reverse_per_forward")["value"] == pytest.approx(0.5)
    assert pd.isna(of_cell(table, "matched")["p_value"])


def test_steps_are_told_for_the_whole_model_only(gradients):
    table = alignment.estimate([cell_runs(tables={"gradients": gradients})], INFERENCE)
    assert set(table.loc[table["group"] == "query_key", "measure"]) == set(alignment.COSINES)


def test_gradients_of_nothing_are_empty(gradients, fits):
    gradients.loc[gradients["group"] == "query_key", ["cosine", "matched", "mismatched"]] = np.nan
    table = alignment.estimate([cell_runs(tables={"gradients": gradients})], INFERENCE)
    fits(table, "alignment")
    cosine = of_cell(table, "cosine", "query_key")
    assert cosine["runs"] == 0
    assert pd.isna(cosine["value"])
