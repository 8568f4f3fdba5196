"""Growth: that what is measured is what grows, at sizes small enough for a test, and how it is told."""

import subprocess
import sys

import pytest

from bench import reference
from bench.commands import ROOT
from bench.growing import asking, estimation, evaluation, training
from bench.grown import grow
from bench.measurements import growth
from bench.measurements.growth import CURVES, Curve, grown, told
from bench.reference import cell, default
from reversal import tables
from reversal.data.geometry import sentences, vocabulary_size
from reversal.evaluate.answers import answer
from reversal.statistics import runs
from reversal.train.loop import Trainer


def test_a_curve_is_told_by_its_exponent_and_its_largest_cost():
    def costs(sizes, rounds):
        return [[{"time": 2 * size**3, "queries": 1e6 * size} for size in sizes] for _ in range(rounds)]

    found = list(told(Curve("a cube", "edges", (1, 2, 4, 8), costs, ["queries"]), 2))
    assert [one.quantity for one in found] == [
        "a cube, 1–8 edges: time, exponent",
        "a cube, 1–8 edges: time, at most",
        "a cube, 1–8 edges: queries, exponent",
        "a cube, 1–8 edges: queries, at most",
    ]
    assert [one.values for one in found[1::2]] == [[1024, 1024], [8, 8]]
    assert [one.median for one in found[::2]] == pytest.approx([3, 1], abs=0.002)
    assert [one.aim for one in found] == [None, None, 1.1, None]


def test_every_round_has_an_exponent_but_of_memory_there_is_one():
    first = [{"time": size, "memory": 3 * size} for size in (1, 2, 4, 8)]
    second = [{"time": size**2} for size in (1, 2, 4, 8)]
    found = list(told(Curve("work", "sizes", (1, 2, 4, 8), lambda sizes, rounds: [first, second]), 2))
    assert [list(one.values) for one in found[1::2]] == [[8, 64], [24]]
    assert [value for one in found[::2] for value in one.values] == pytest.approx([1, 2, 1], abs=0.002)


def test_only_where_time_is_held_to_something_is_there_more_than_one_round(monkeypatch):
    asked = []

    def costs(sizes, rounds):
        asked.append(rounds)
        return [[{"time": size} for size in sizes]]

    curves = [Curve("work", "sizes", (1, 2, 4, 8), costs, linear) for linear in (["time"], ["queries"], [])]
    monkeypatch.setattr(growth, "CURVES", curves)
    list(growth.measure(3))
    assert asked == [3, 1, 1]


def test_every_curve_has_sizes_enough_for_what_is_fitted():
    for curve in CURVES:
        assert len(curve.sizes) >= 4
        assert list(curve.sizes) == sorted(set(curve.sizes))


def test_the_cell_is_the_default_studys_and_grows_in_pairs_and_tokens():
    assert cell() == default().cells["mdm"]
    assert (cell().model["layers"], cell().model["mlp"]) == (1, False)
    assert sentences(cell(300).data) - sentences(cell().data) == 200
    assert vocabulary_size(cell(300).data) - vocabulary_size(cell().data) == 400
    assert vocabulary_size(cell(300, 20_000).data) == vocabulary_size(cell(50, 20_000).data) > 20_000


@pytest.fixture
def once(monkeypatch):
    """Work is done once, and takes a second."""

    def done(work):
        work()
        return 1.0

    for module in (training, asking, evaluation, estimation):
        monkeypatch.setattr(module, "typical", done)


def test_every_seed_takes_part_in_a_step_chunk_by_chunk(once, monkeypatch):
    parts = []
    monkeypatch.setattr(training, "chunk_size", lambda *_: 2)
    monkeypatch.setattr(training, "Trainer", lambda model, part: parts.append(part) or Trainer(model, part))
    assert training.work(seeds=5, pairs=10) == {"time": 3.0}
    assert [part.seeds for part in parts] == [(0, 1), (2, 3), (4,)]
    assert [len(part.sentences[0]) for part in parts] == [10 + cell().data["other_pairs"]] * 3


def test_a_query_is_of_all_pairs_and_all_tokens(once, monkeypatch):
    asked = []

    def seen(model, parameters, query, *rest):
        asked.append((query.name, query.tokens.shape[:2], model.vocabulary))
        return answer(model, parameters, query, *rest)

    monkeypatch.setattr(asking, "answer", seen)
    assert asking.work(pairs=10, tokens=50) == {"time": 1.0}
    assert asked == [("reverse", (1, 10), vocabulary_size(cell(10, 50).data))]


def test_evaluation_is_of_as_many_checkpoints_seeds_and_pairs_as_it_says(once, monkeypatch):
    made, write = {}, tables.write

    def written(path, table, columns, **metadata):
        made[table] = columns
        write(path, table, columns, **metadata)

    monkeypatch.setattr(tables, "write", written)
    found = evaluation.work(checkpoints=3, seeds=2, pairs=10)
    assert found.keys() == {"time", "queries", "attention"}
    for table in ("queries", "attention"):
        rows = made[table].to_pandas()
        assert [rows[name].nunique() for name in ("step", "seed", "pair")] == [3, 2, 10]


def test_a_statistic_is_of_all_seeds_of_all_blocks(once, monkeypatch):
    cells = []
    monkeypatch.setattr(estimation, "estimate", lambda *given: cells.append(runs.load(given[1][0], given[2])))
    assert estimation.work(blocks=2) == {"time": 1.0}
    (found,) = cells
    assert found.seeds.tolist() == list(range(20))
    assert len(found.tables["queries"]) == 20 * 12 * 4 * 100


def test_a_statistic_needs_no_torch():
    """Its memory would be torch's."""
    told = "import sys, bench.growing.estimation; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", told], cwd=ROOT, check=True)


def test_work_in_a_process_of_its_own_says_what_it_took():
    first, second = grown("asking", "pairs", (10, 20), 2, tokens=50)
    assert [each.keys() for each in first] == [{"time", "memory"}] * 2
    assert [each.keys() for each in second] == [{"time"}] * 2
    assert 0 < first[0]["memory"] <= first[1]["memory"]


def test_sizes_take_turns_beside_what_does_not_grow():
    done = []

    def work(pairs, tokens):
        done.append((pairs, tokens))
        return {"time": pairs}

    rounds = grow(work, "pairs", (1, 2), 3, {"tokens": 50})
    assert done == [(1, 50), (2, 50)] * 3
    assert [[each["time"] for each in one] for one in rounds] == [[1, 2]] * 3


def test_work_is_done_again_until_it_took_long_enough(monkeypatch):
    """Readings of the processor's clock in pairs: 2 s to warm up, then 0.1 s, 0.2 s and 0.3 s; and 4 s at once."""
    clock = iter([0, 2, 3, 3.1, 4, 4.2, 5, 5.3])
    monkeypatch.setattr(reference.time, "process_time", lambda: next(clock))
    assert reference.typical(lambda: None) == pytest.approx(0.2)
    clock = iter([0, 4])
    assert reference.typical(lambda: None) == 4
