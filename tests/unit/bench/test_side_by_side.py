"""All cores are busy with what they are said to be."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.loops.work import Shape, Work
from bench.side_by_side import started

WORK = Work(Shape(2, 8, heads=2), 25)


@dataclass(frozen=True)
class Noted:
    """Makes a loop that writes down who took a step, and how many threads it had."""

    path: Path

    def __call__(self, work, device):
        return Noting(work, self.path)


class Noting:
    def __init__(self, work, path):
        self.work, self.path = work, path
        self.note("made")

    def step(self):
        self.note("step")
        time.sleep(0.01)

    def note(self, what):
        with self.path.open("a", encoding="utf-8") as told:
            told.write(f"{what} {os.getpid()} {torch.get_num_threads()}\n")


def test_every_process_trains_a_loop_of_its_own_and_keeps_it(tmp_path):
    path = tmp_path / "told"
    with started(2) as rate:
        assert all(rate(Noted(path), WORK) > 0 for _ in range(2))
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    made = [process for what, process, _ in lines if what == "made"]
    assert len(made) == len(set(made)) == 2
    assert {process for what, process, _ in lines if what == "step"} == set(made)
    assert str(os.getpid()) not in made
    assert {threads for _, _, threads in lines} == {"1"}
