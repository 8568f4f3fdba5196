import pandas as pd
import pytest

from reversal.figures import rows
from reversal.statistics.estimates import gradient_alignment
from tests.unit.statistics.made_up_answers import STEPS, cell_of, slopes
from tests.unit.statistics.made_up_runs import INFERENCE


def of_cell(table: pd.DataFrame, **wanted) -> pd.Series:
    found = rows.where(table, level="cell", gated=True, **{"step": 100, "group": "query_key", **wanted})
    assert len(found) == 1
    return found.iloc[0]


def test_means_over_seeds_with_their_p(fits):
    cell = cell_of("slopes", slopes(range(6), STEPS), {seed: seed < 5 for seed in range(6)})
    table = gradient_alignment.estimate([cell], INFERENCE)
    fits(table, "gradient_alignment")
    cosine = of_cell(table, measure="cosine")
    assert cosine["value"] == pytest.approx(0.52)
    assert cosine["p_value"] == pytest.approx(2 / 32)
    assert (cosine["runs"], cosine["excluded"], cosine["forward"]) == (5, 1, "source")
    assert of_cell(table, measure="matched_minus_mismatched", step=0)["value"] == pytest.approx(0.5)
    assert pd.isna(of_cell(table, measure="matched")["p_value"])
    assert rows.where(table, level="run", seed=5, measure="cosine", step=0, group="all")[
        "value"
    ].tolist() == pytest.approx([0.55])


def test_gradients_that_were_not_taken_have_no_rows(fits):
    table = gradient_alignment.estimate([cell_of("slopes", slopes([0]).iloc[:0], {0: True})], INFERENCE)
    fits(table, "gradient_alignment")
    assert table.empty
