"""One optimiser step of all seeds of a block, full batch, in the chunks of seeds that the stage takes them in."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.reference import cell, typical
from reversal.data.stage import generate
from reversal.machines.devices import choose
from reversal.models.model import Model
from reversal.train.loop import Trainer, Training
from reversal.train.stage import chunk_size, chunks, model_of


def work(seeds: int = 1, pairs: int | None = None, tokens: int = 0) -> dict[str, float]:
    """Seconds of a step, without rows of the history and without checkpoints."""
    of, device = cell(pairs, tokens), choose(0, 1)
    model, block = model_of(of.settings), range(seeds)
    with TemporaryDirectory() as name:
        text = Path(name) / "pairs.parquet", Path(name) / "sentences.parquet"
        generate(of.data, block, *text)
        size = chunk_size(of.settings, block, text[1], device)
        parts = chunks(of.settings, of.trained, block, *text, device, size)
        return {"time": sum(_step(model, replace(part, checkpoints=())) for part in parts)}


def _step(model: Model, part: Training) -> float:
    trainer = Trainer(model, part)
    trainer.marks = set()  # of rows of the history, each of which asks all trained queries
    return typical(lambda: trainer.advance(lambda moment: None))
