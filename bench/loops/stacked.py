"""The workflow's own training: all seeds as one tensor axis, through the very `Trainer` of the stage `train`."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from bench.loops.work import Work, written
from reversal.train.loop import Trainer
from reversal.train.stage import chunks, model_of

TRAINED = ["target"]


class Stacked:
    """All seeds of the work, a step at a time."""

    def __init__(self, work: Work, device: torch.device) -> None:
        self.work = work
        with TemporaryDirectory() as name:
            text = written(Path(name), range(work.seeds))
            block = next(chunks(work.settings, TRAINED, range(work.seeds), *text, device, work.seeds))
        self.trainer = Trainer(model_of(work.settings), replace(block, checkpoints=()))
        self.step()  # the one whose row of the history would fall into a timing

    def step(self) -> None:
        self.trainer.advance(lambda moment: None)
