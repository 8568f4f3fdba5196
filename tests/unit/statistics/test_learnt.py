import numpy as np
import pandas as pd
import pytest

from reversal.statistics import learnt
from reversal.statistics.estimates import learning
from tests.unit.statistics.made_up_runs import INFERENCE, cell_runs, history


def told(*accuracies: list[float]) -> pd.DataFrame:
    """Histories of seeds 0, 1, … at steps 0, 20, 40, …; the last rows first."""
    rows = [
        {"seed": seed, "step": 20 * place, "accuracy": np.float32(accuracy), "seconds": float(place)}
        for seed, run in enumerate(accuracies)
        for place, accuracy in enumerate(run)
    ]
    return pd.DataFrame(rows[::-1])


@pytest.mark.parametrize(
    ("accuracies", "step"),
    [
        ([0, 0.98, 1], 30),  # half way from .98 to 1
        ([0, 0.99, 1], 20),  # a row that is exactly there
        ([1, 1, 1], 0),  # there from the first row on
        ([0.5, 1, 0.5], 19.6),  # the first crossing, whatever comes later
    ],
)
def test_a_crossing_lies_between_the_rows_about_it(accuracies, step):
    assert learnt.crossed(told(accuracies), [0], ["step"])[0, 0] == pytest.approx(step, abs=1e-4)


def test_a_run_that_never_learns_has_no_crossing():
    found = learnt.crossed(told([0, 1], [0, 0.9]), [1, 0, 7], ["step", "seconds"])
    np.testing.assert_allclose(found, [[np.nan, np.nan], [19.8, 0.99], [np.nan, np.nan]], atol=1e-6)


def test_a_cell_has_learnt_when_its_slowest_query_has(fits):
    """Both queries go from 0 at step 10 to their last accuracy at step 100. The clock is a seed's own, whoever else is in the cell."""
    seeds = range(4)
    rows = history(seeds, {"target": {1: 0.5}})
    clock = rows[["seed", "step"]].drop_duplicates().assign(seconds=lambda told: told["step"] * (2.0 + told["seed"]))
    table = learning.estimate([cell_runs(seeds=seeds, tables={"history": rows, "timing": clock})], INFERENCE)
    fits(table, "learning")
    runs = table[table["level"] == "run"].pivot(index="seed", columns="measure", values="value")
    assert runs.loc[0, "steps"] == pytest.approx(99.1)
    assert runs["seconds"].dropna().to_dict() == pytest.approx({seed: (2 + seed) * 99.1 for seed in (0, 2, 3)})
    assert runs.loc[1].isna().all()
