"""A run stops so many steps after it has learnt what it trains, wherever it is trained, and never before."""

import numpy as np
import pytest
import torch

from reversal import criterion, tables
from reversal.train import loop
from reversal.train.stopping import Stopping
from tests.blocks import Block
from tests.runs import cell, trained

AFTER = 20
SEEDS = (5, 6, 7, 8)


def quick(**optimisation):
    """A cell that learns in some hundred steps, at a rate that stays."""
    return cell({"optimisation": {"steps": 300, "final": 1, **optimisation}})


@pytest.fixture(scope="module")
def whole():
    """Checkpoints and history of runs that take every step."""
    return trained(quick(), SEEDS)[1:]


@pytest.fixture(scope="module")
def early():
    """The same runs, stopped."""
    return trained(quick(stop_after=AFTER), SEEDS)[1:]


def learnt_at(history):
    """(S,): the first row in which every query's accuracy is .99."""
    worst = {}
    for row in history:
        worst[row.step] = np.minimum(row.accuracy, worst.get(row.step, 1))
    return np.array([min(step for step in worst if worst[step][place] >= 0.99) for place in range(len(SEEDS))])


def test_a_seed_stops_so_many_steps_after_all_its_queries_are_learnt():
    stopping = Stopping(seeds=3, after=4)
    stopping.hear(10, np.array([[1, 1, 0.5], [0.98, 0.99, 1]], dtype=np.float32))
    assert not stopping.stopped(13).any()
    assert stopping.stopped(14).tolist() == [False, True, False]
    stopping.hear(20, np.array([[1, 0, 0.5], [1, 0, 1]], dtype=np.float32))  # what was learnt and lost still counts
    assert stopping.stopped(23).tolist() == [False, True, False]
    assert stopping.stopped(24).tolist() == [True, True, False]


def test_without_the_setting_nothing_stops():
    stopping = Stopping(seeds=2, after=None)
    stopping.hear(0, np.ones((1, 2), dtype=np.float32))
    assert not stopping.stopped(10**9).any()


def test_until_it_stops_a_run_is_as_if_it_did_not(whole, early):
    ends = learnt_at(whole[1]) + AFTER
    assert len(set(ends)) > 1  # else nothing would be told of seeds that stop apart
    assert ends.max() < 300
    for row, other in zip(whole[1], early[1], strict=True):
        assert (row.step, row.query, row.learning_rate) == (other.step, other.query, other.learning_rate)
        np.testing.assert_array_equal(other.stopped, row.step >= ends)
        np.testing.assert_array_equal(np.isnan(other.loss), other.stopped)
        for name in ("loss", "nll", "accuracy"):
            moving = ~other.stopped if name == "loss" else row.step <= ends
            np.testing.assert_array_equal(getattr(row, name)[moving], getattr(other, name)[moving])


def test_a_stopped_run_stays_as_it_was(early):
    """The history falls silent: the same numbers in every row, and checkpoints to which nothing is added."""
    checkpoints, history = early
    last = checkpoints[-1]
    assert last.step == 300
    assert all(not update.any() for update in last.update.values())
    for query in ("source", "target"):
        rows = [row for row in history if row.query == query and row.stopped.all()]
        assert len(rows) > 5
        for row in rows[1:]:
            np.testing.assert_array_equal(row.nll, rows[0].nll)


@pytest.mark.parametrize("place", range(len(SEEDS)))
def test_a_run_ends_the_same_alone_and_beside_others(early, place):
    checkpoints, history = early
    alone, rows = trained(quick(stop_after=AFTER), SEEDS[place : place + 1])[1:]
    for made, other in zip(checkpoints, alone, strict=True):
        for part in ("parameters", "update"):
            for name, value in getattr(made, part).items():
                assert torch.equal(value[place], getattr(other, part)[name][0]), (made.step, name)
    for row, other in zip(history, rows, strict=True):
        for name in ("loss", "nll", "accuracy", "stopped"):
            np.testing.assert_array_equal(getattr(row, name)[place], getattr(other, name)[0])


def test_no_step_is_computed_once_all_have_stopped(monkeypatch, whole):
    taken, slopes = [], loop._slopes
    monkeypatch.setattr(loop, "_slopes", lambda *given: taken.append(given[-1]) or slopes(*given))
    trained(quick(stop_after=AFTER), SEEDS)
    assert taken == list(range(learnt_at(whole[1]).max() + AFTER))


def test_the_table_says_which_runs_have_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(criterion, "LEARNT", 0.0)  # learnt from the first row on
    block = Block(tmp_path, cell({"optimisation": {"steps": 12, "final": 1, "stop_after": 3}}), SEEDS)
    block.train()
    rows = tables.read(block.history, "history").to_pandas()
    assert set(rows.loc[rows["stopped"], "step"]) == set(range(3, 13))
    assert set(rows.loc[rows["loss"].isna(), "step"]) == set(range(3, 13))
    clock = tables.read(block.timing, "timing").to_pandas()
    assert clock[["seed", "step"]].to_numpy().tolist() == [[seed, step] for seed in SEEDS for step in range(13)]
    assert clock.groupby("seed")["seconds"].apply(lambda seconds: seconds.is_monotonic_increasing).all()
