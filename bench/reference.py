"""The default study's reference cell, trained in a block of ten exploration seeds as the stage trains it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bench.commands import ROOT
from reversal.data.stage import generate
from reversal.machines.devices import choose
from reversal.study import Cell, Study, load
from reversal.train.interruption import Watch
from reversal.train.stage import Saving, train_block

CELL = "mdm"
SEEDS = range(10)
SELDOM = 1e9
"""Seconds between two saves: none falls into the training."""


def cell() -> Cell:
    """The cell, as the default study has it."""
    return _study().cells[CELL]


def evaluation() -> Mapping[str, Any]:
    """How the default study evaluates."""
    return _study().evaluation


@cache
def _study() -> Study:
    return load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")))


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
