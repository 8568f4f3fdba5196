"""The default study's reference cell at any size, trained as the stage trains it, and how long a piece of work on it takes."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from bench.commands import ROOT
from reversal.data.stage import generate
from reversal.machines.devices import choose
from reversal.study import Cell, Study, load
from reversal.train.interruption import Watch
from reversal.train.stage import Saving, train_block

CELL = "mdm"
SEEDS = range(10)
"""A block of exploration seeds, as large as the default study's."""
SELDOM = 1e9
"""Seconds between two saves: none falls into the training."""
LONG, ENOUGH = 3.0, 0.5
"""Seconds of a first time beside which its start is little; and of all others, after which there is not one more."""


@cache
def default() -> Study:
    """The default study."""
    return load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")))


def cell(pairs: int | None = None, tokens: int = 0) -> Cell:
    """The reference cell, one layer without an MLP.

    Args:
        pairs: of its text; None for as many as it has.
        tokens: that entities are of, at least; each entity of a pair has one of its own in any case.
    """
    found = default().cells[CELL]
    return replace(found, data={**found.data, "pairs": pairs or found.data["pairs"], "entity_tokens": tokens})


def written(of: Cell, folder: Path) -> tuple[Path, Path]:
    """The block's pairs and sentences."""
    paths = folder / "pairs.parquet", folder / "sentences.parquet"
    generate(of.settings["data"], SEEDS, *paths)
    return paths


def trained(of: Cell, text: tuple[Path, Path], folder: Path, every: float = SELDOM) -> list[Path]:
    """Train the block on one core, saving its state every so many seconds; its checkpoints."""
    kept = [folder / f"{number}.safetensors" for number in range(len(of.checkpoints))]
    outputs = (folder / "history.parquet", folder / "timing.parquet", folder / "run.json", kept)
    saving = Saving(folder / ".state", "this code", every, Watch())
    train_block(of.settings, of.trained, SEEDS, *text, *outputs, choose(0, 1), saving)
    return kept


def typical(work: Callable[[], object]) -> float:
    """Seconds of the one processor that works: the median, the first time left out unless it was long.

    Not on the clock: what else the machine does would stretch one size and not another.
    """
    first = _seconds(work)
    took = [first] if first >= LONG else []
    while sum(took) < ENOUGH:
        took.append(_seconds(work))
    return statistics.median(took)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
