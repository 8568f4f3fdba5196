"""What a language model that is trained here takes on one core of this machine: a few real steps, and one real probe."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch

from reversal.language.cells import PROBED, Learner, asked
from reversal.language.corpus.stage import generate
from reversal.language.probe.stage import probe
from reversal.language.train import model as models
from reversal.language.train.stage import prepared
from reversal.language.train.trainer import HISTORY, Trainer

EXPLORED = 0
"""The seed that is timed: those of the study are for the study alone."""


class Taken(NamedTuple):
    """Of one seed."""

    train: float
    """Seconds."""
    probe: float
    """Seconds, before training and after it."""
    disk: float
    """Bytes of its corpus, its checkpoints and what the probe says of them."""


def measure(cell: Learner, steps: int) -> Taken:
    """Take so many steps, probe the model that they begin with, and scale up to the whole training and both checkpoints."""
    device = torch.device("cpu")
    with TemporaryDirectory() as folder:
        root = Path(folder)
        facts, passages, questions = (root / f"{name}.parquet" for name in ("facts", "passages", "questions"))
        generate(cell.told, [EXPLORED], facts, passages, questions)
        run = prepared(cell.settings, EXPLORED, passages, questions, device)
        trainer = Trainer(run.initial(), run.training)
        checkpoint = trainer.advance(lambda row: None)
        step = min(_seconds(lambda: trainer.advance(lambda row: None)) for _ in range(steps))
        told = _seconds(lambda: trainer.tell(lambda row: None, 0.0))
        models.save(root / "model", run.initial(), checkpoint.parameters, run.tokenizer)
        outputs = {table: root / f"{table}.parquet" for table in PROBED}
        place = {0: [str(root / "model")]}
        once = _seconds(lambda: probe(asked(cell), [EXPLORED], place, facts, questions, **outputs, device=device))
        corpus = sum(path.stat().st_size for path in (facts, passages, questions))
        twice = sum(path.stat().st_size for path in [*outputs.values(), *(root / "model").iterdir()])
    return Taken(step * cell.optimisation["steps"] + told * (HISTORY + 1), 2 * once, corpus + 2 * twice)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
