"""A block of a cell, its text written and trained as the stages do it."""

from pathlib import Path

from reversal.data.stage import generate
from reversal.machines.devices import choose
from reversal.study import Cell
from reversal.train.interruption import Watch
from reversal.train.stage import Saving, train_block

SEEDS = range(10)
"""A block of exploration seeds, as large as the default study's."""
SELDOM = 1e9
"""Seconds between two saves: none falls into the training."""


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
