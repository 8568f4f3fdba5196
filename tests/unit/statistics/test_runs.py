import pytest

from reversal import tables
from reversal.errors import ReversalError
from reversal.statistics import runs
from reversal.statistics.runs import Gate
from tests.unit.statistics.made_up_answers import slopes
from tests.unit.statistics.made_up_runs import history


def test_gate_asks_every_trained_query_at_the_last_step():
    found = runs.gate_passed(
        history([3, 4, 5], {"source": {4: 0.98}, "target": {5: 0.99}}), ["source", "target"], Gate(0.99), "mdm"
    )
    assert found == {3: True, 4: False, 5: True}


def test_gate_ignores_queries_that_the_cell_does_not_train():
    found = runs.gate_passed(history([3], {"source": {3: 0.1}}), ["target"], Gate(0.99), "arm")
    assert found == {3: True}


@pytest.mark.parametrize(("limit", "passed"), [(None, [3, 4]), (0.05, [3]), (0.02, [])])
def test_gate_by_the_loss_of_the_worst_trained_query_at_the_last_step(limit, passed):
    """Beside the accuracy, which seed 5 lacks; .02 itself is not below .02."""
    rows = history([3, 4, 5], {"source": {5: 0.98}})
    nll = {("source", 3): 0.02, ("target", 3): 0.01, ("source", 4): 0.01, ("target", 4): 0.06}
    last = rows["step"] == rows["step"].max()
    rows["nll"] = [
        nll.get((query, seed), 0.001) if at_last else 0.9
        for query, seed, at_last in zip(rows["query"], rows["seed"], last, strict=True)
    ]
    found = runs.gate_passed(rows, ["source", "target"], Gate(0.99, limit), "mdm")
    assert [seed for seed, learnt in found.items() if learnt] == passed


def test_history_without_a_trained_query_is_refused():
    with pytest.raises(ReversalError, match="cell mdm: history of seed 3 lacks the trained query 'source'"):
        runs.gate_passed(history([3], trained=["target"]), ["source", "target"], Gate(0.99), "mdm")


def test_blocks_are_taken_together(tmp_path):
    record = {
        "name": "mdm",
        "label": "MDM",
        "family": "MDM",
        "trained": ["source", "target"],
        "settings": {"checkpoints": [0, 100]},
    }
    paths = [tmp_path / f"{first}.parquet" for first in (0, 2)]
    for path, seeds in zip(paths, ([0, 1], [2, 3]), strict=True):
        tables.write(path, "history", history(seeds, {"source": {2: 0.5}}))
    cell = runs.load({**record, "tables": {"history": paths}}, gate=Gate(0.99))
    assert list(cell.seeds) == [0, 1, 2, 3]
    assert list(cell.learned) == [True, True, False, True]
    assert cell.last_step == 100


def test_what_was_trained_elsewhere_passes_without_history(tmp_path):
    """A published checkpoint has trained nothing here; whoever has a row of any table, passes."""
    record = {"name": "llada", "label": "LLaDA", "family": "MDM", "trained": [], "settings": {"checkpoints": [0]}}
    path = tmp_path / "slopes.parquet"
    tables.write(path, "slopes", slopes([7]))
    cell = runs.load({**record, "tables": {"slopes": [path]}}, gate=Gate(0.99))
    assert cell.passed == {7: True}
    assert cell.last_step == 0


def test_a_cell_without_history_is_refused():
    record = {"name": "mdm", "label": "MDM", "family": "MDM", "trained": ["target"], "settings": {}, "tables": {}}
    with pytest.raises(ReversalError, match="table 'history' is missing"):
        runs.load(record, gate=Gate(0.99))
