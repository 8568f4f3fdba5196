"""Cosines of embeddings, means over pairs of one kind."""

import numpy as np
import pandas as pd
import pytest

from reversal.statistics.arrays import crossing
from reversal.statistics.estimates import embeddings
from tests.unit.statistics.made_up_runs import INFERENCE, STEPS, cell_runs

SEEDS = range(10)


def weights(pairs: int = 8) -> pd.DataFrame:
    """Own cosine .1 for pair 0, and −.2 more at the last step; pairs from 5 on are told both ways and lie .4 higher."""
    rows = crossing(seed=SEEDS, step=STEPS, pair=range(pairs)).assign(forward=1.0, reverse=0.0, cosine_others=0.05)
    told = rows["pair"] >= 5
    cosine = np.where(rows["pair"] == 0, 0.1, 0.0) - 0.2 * (rows["step"] == STEPS[-1]) + 0.4 * told
    return rows.assign(both_ways=told, cosine=cosine)


def made(rows: pd.DataFrame) -> pd.DataFrame:
    return embeddings.estimate([cell_runs(tables={"weights": rows})], INFERENCE)


def of_cell(table: pd.DataFrame, measure: str, both_ways: bool) -> pd.DataFrame:
    rows = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == measure)]
    return rows[rows["both_ways"] == both_ways].sort_values("step")


def test_means_over_the_pairs_of_a_kind_at_every_checkpoint(fits):
    table = made(weights())
    fits(table, "embeddings")
    np.testing.assert_allclose(of_cell(table, "own", False)["value"], [0.02, 0.02, -0.18], atol=1e-9)
    np.testing.assert_allclose(of_cell(table, "own", True)["value"], [0.4, 0.4, 0.2], atol=1e-9)
    np.testing.assert_allclose(of_cell(table, "others", True)["value"], 0.05)
    np.testing.assert_allclose(of_cell(table, "own_minus_others", False)["value"], [-0.03, -0.03, -0.23], atol=1e-9)


def test_seeds_make_the_interval():
    rows = weights()
    row = of_cell(made(rows.assign(cosine=rows["cosine"] + 0.01 * rows["seed"])), "own", False).iloc[0]
    assert row["value"] == pytest.approx(0.065)
    assert 0.02 < row["low"] < row["value"] < row["high"] < 0.11


def test_a_text_that_tells_all_pairs_one_way_has_one_kind():
    assert not made(weights(pairs=5))["both_ways"].any()


@pytest.mark.parametrize("rows", [weights().iloc[:0]])
def test_cells_without_weights_have_no_rows(rows, fits):
    table = made(rows)
    fits(table, "embeddings")
    assert not len(table)
