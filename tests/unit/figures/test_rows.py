"""Which rows a figure draws."""

import pandas as pd
import pytest

from reversal.figures import rows
from tests.unit.figures import synthetic_tables


def table(**columns):
    size = max(len(values) for values in columns.values())
    common = {"level": ["cell"] * size, "cell": ["mdm"] * size, "measure": ["accuracy"] * size, "passed": [None] * size}
    return pd.DataFrame(common | columns)


def test_the_gated_estimate_is_preferred():
    found = rows.estimates(table(gated=[False, True], value=[0.5, 0.9]))
    assert found["value"].tolist() == [0.9]
    assert not found["hollow"].any()


def test_without_a_gated_estimate_the_other_is_hollow():
    found = rows.estimates(table(gated=[False, True], value=[0.5, None]))
    assert found["value"].tolist() == [0.5]
    assert found["hollow"].all()


def test_cells_of_one_measure_stay_apart():
    found = rows.estimates(table(gated=[True, True], value=[0.5, 0.9], cell=["mdm", "arm"]))
    assert len(found) == 2


@pytest.mark.parametrize(("runs", "over"), [(4, 0.7), (5, 0.9)])
def test_few_runs_are_shown_with_their_interval_over_facts(runs, over):
    every = [{"level": "cell", "gated": True, "over": "seeds", "value": 0.9}]
    every += [{"level": "cell", "gated": True, "over": "facts", "value": 0.7}]
    every += [{"level": "run", "seed": seed, "passed": True, "value": 0.8} for seed in range(runs)]
    found = rows.estimates(rows.by_unit(pd.DataFrame(every).assign(cell="mdm", measure="exact"), fewest=5))
    assert found["value"].tolist() == [over]


def test_few_runs_none_of_which_learnt_are_shown_over_seeds():
    every = [{"level": "cell", "gated": False, "over": "seeds", "value": 0.9}]
    every += [{"level": "run", "seed": 0, "passed": False, "value": 0.9}]
    found = rows.estimates(rows.by_unit(pd.DataFrame(every).assign(cell="mdm", measure="exact"), fewest=5))
    assert found["value"].tolist() == [0.9]
    assert found["hollow"].all()


def test_a_run_that_did_not_pass_is_hollow():
    found = rows.runs(table(level=["run"] * 3, passed=[True, False, None], value=[1.0, 0.2, 0.3]))
    assert found["hollow"].tolist() == [False, True, True]


def test_held_out_prefers_the_inverse_frame_and_untrained_pairs():
    accuracy = synthetic_tables.accuracy(synthetic_tables.SMOKE, ["arrows_mdm", "mdm", "mdm_both_ways"])
    found = rows.held_out(rows.plain(accuracy), "reverse")
    by_cell = found.groupby("cell")
    assert set(by_cell.get_group("arrows_mdm")["frame"]) == {"inverse"}
    assert set(by_cell.get_group("mdm")["frame"]) == {"same"}
    assert not by_cell.get_group("mdm")["trained"].any()
    assert by_cell.get_group("mdm_both_ways")["trained"].all()


def test_held_out_elsewhere_is_by_cell_and_distance():
    """What a text told both ways trains at its own distance has no say in other cells or at other distances."""
    asked = pd.DataFrame(
        [
            ("both", "same", 2, True),
            ("both", "same", 3, False),
            ("some", "inverse", 2, True),
            ("some", "inverse", 2, False),
            ("some", "same", 2, False),
            ("some", "inverse", 3, False),
            ("none", "same", 2, False),
            ("none", "same", 3, False),
        ],
        columns=["cell", "frame", "distance", "trained"],
    )
    asked = asked.assign(query="reverse", own_distance=asked["distance"] == 2)
    assert rows.held_out(asked, "reverse", elsewhere=True).index.tolist() == [0, 1, 3, 5, 6, 7]
    assert rows.held_out(asked, "reverse").index.tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    ("values", "one"),
    [([0.1, None, 0.3 - 0.2], 0.1), ([0.1, 0.2], None), ([None], None), ([], None)],
)
def test_chance_is_common_or_it_is_not(values, one):
    assert rows.common(pd.Series(values, dtype=float)) == one


def test_beside_pairs_two_measures():
    long = table(measure=["y", "x"], value=[1.0, 2.0], low=[0.5, 1.5], high=[1.5, 2.5])
    found = rows.beside(long, "x", "y", ["level", "cell"])
    assert found[["value", "x_value", "x_low"]].to_numpy().tolist() == [[1.0, 2.0, 1.5]]


@pytest.mark.parametrize("categories", [True, False])
def test_labels_read_as_categories_are_plain_strings(categories):
    accuracy = synthetic_tables.accuracy(synthetic_tables.ONE_CHECKPOINT, ["arm", "mdm"])
    if categories:
        accuracy = accuracy.assign(family=accuracy["family"].astype("category"))
    assert rows.cells(rows.plain(accuracy))["family"].tolist() == ["MDM", "ARM"]
