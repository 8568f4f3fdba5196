"""State is saved when it is time to, costs no training when the disk refuses, and never costs more than its share."""

import errno

import pytest
import torch

from reversal.errors import ReversalError, Stopped
from reversal.train import keeper
from reversal.train.checkpoint import Checkpoint
from reversal.train.interruption import Watch
from reversal.train.keeper import SHARE, Keeper
from reversal.train.state import Point, Store

POINT = Point(0, 1, 5, 0.0, {"parameters.a": torch.zeros(3)}, [])


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(keeper.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, {"settings": 1}, "here")


def checkpoint(number, size=3):
    return Checkpoint(number, (1,), {"a": torch.full((1, size), float(number))}, {"a": torch.ones(1, size)})


def saves(store):
    return len(store.written)


def test_it_saves_once_an_interval(clock, store):
    kept = Keeper(store, Watch(), every=60)
    for _ in range(200):
        kept.between_steps(lambda: POINT)
        clock[0] += 1
    assert saves(store) == 3


def test_a_slow_disk_is_asked_less_often(clock, store, monkeypatch):
    kept = Keeper(store, Watch(), every=60)
    save = store.save

    def slow(*what):
        clock[0] += 10
        save(*what)

    monkeypatch.setattr(store, "save", slow)
    began = clock[0]
    for _ in range(4000):
        kept.between_steps(lambda: POINT)
        clock[0] += 1
    trained = clock[0] - began - 10 * saves(store)
    assert saves(store) > 5
    assert 10 * (saves(store) - 1) <= SHARE * trained


def test_many_checkpoints_go_to_the_disk_before_their_time(clock, store, monkeypatch):
    monkeypatch.setattr(keeper, "HELD", 100)
    kept = Keeper(store, Watch(), every=60)
    kept.keep(0, 0, checkpoint(0))
    kept.between_steps(lambda: POINT)
    assert saves(store) == 0
    kept.keep(0, 1, checkpoint(1, size=30))
    kept.between_steps(lambda: POINT)
    assert saves(store) == 1
    assert not kept.held
    assert [made.step for number in (0, 1) for made in kept.checkpoints(1, number)] == [0, 1]


def test_a_disk_that_refuses_costs_a_line_and_no_training(clock, store, monkeypatch, caplog):
    def full(*what):
        raise ReversalError("3.safetensors: cannot be written (No space left on device)")

    monkeypatch.setattr(keeper, "HELD", 1)
    kept = Keeper(store, Watch(), every=60)
    kept.keep(0, 0, checkpoint(0))
    with monkeypatch.context() as disk:
        disk.setattr(store, "save", full)
        for _ in range(50):
            kept.between_steps(lambda: POINT)
            clock[0] += 1
    assert caplog.text.count("state not saved: 3.safetensors: cannot be written") == 1
    assert kept.held
    clock[0] += 60
    kept.between_steps(lambda: POINT)
    assert not kept.held
    assert saves(store) == 1


def test_a_reason_to_stop_saves_and_stops(store):
    watch = Watch()
    kept = Keeper(store, watch, every=60)
    watch.heard = "SIGTERM"
    with pytest.raises(Stopped, match=r"stopped by SIGTERM; state saved before step 5 in .*; run it again to go on"):
        kept.between_steps(lambda: POINT)
    assert store.newest([7]).step == 5


def test_stopped_with_a_full_disk_says_so(store, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    watch = Watch()
    kept = Keeper(store, watch, every=60)
    watch.heard = "SIGUSR1"
    monkeypatch.setattr("reversal.train.state.save_file", full)
    with pytest.raises(Stopped, match="its state could not be saved"):
        kept.between_steps(lambda: POINT)
