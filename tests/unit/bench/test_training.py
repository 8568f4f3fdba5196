"""Training on all cores is held against the better of theirs; a model that does not fit is said to be left out."""

from contextlib import contextmanager

import pytest

from bench.loops.huggingface import HuggingFace
from bench.loops.work import Work
from bench.measured import Skipped
from bench.measurements import training
from bench.measurements.gpu import job
from bench.measurements.training import MANY
from reversal.machines.devices import choose


def test_ours_is_held_against_the_better_of_theirs_in_each_run(monkeypatch):
    apart, joined = iter([4.0, 10.0]), iter([5.0, 2.0])

    @contextmanager
    def started(processes):
        yield lambda maker, work: next(apart) if maker is HuggingFace else 40.0

    def rate(loop, device):
        return next(joined) if isinstance(loop, HuggingFace) else 30.0

    monkeypatch.setattr(training, "started", started)
    monkeypatch.setattr(training, "rate", rate)
    found = list(training.on_all_cores(2))
    assert [one.values for one in found] == [[40, 40], [4, 10], [30, 30], [5, 2], [8, 4]]
    assert found[-1].at_least == 6
    assert f"{MANY} stacked, a process a core" in found[0].quantity


def test_a_model_that_the_memory_does_not_hold_is_left_out_by_name(monkeypatch):
    monkeypatch.setattr(training, "available", lambda: 2e9)
    (found,) = training.paper(choose(0, 1))
    assert found == Skipped("24 layers + MLP, d 768, batch 32", "a job of it asks for 7 GB, and 2 GB are free")


@pytest.mark.parametrize("shape", [training.TWO_LAYERS, training.FOUR_LAYERS])
def test_stacks_of_these_sizes_are_what_a_job_would_take(shape):
    assert job(Work(shape, 125, 32), choose(0, 1)) == 32
