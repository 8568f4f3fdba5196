"""What saving training state costs: the default study's reference cell, one block, saved far more often than it would be.

The time in `Store.save` is taken from the training itself, so that no difference of two noisy runs is needed. At the
default interval the share is that of one save; a state so large that the share would pass `keeper.SHARE` is saved
less often instead.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

import yaml

from bench.commands import ROOT
from bench.measured import Measured
from reversal.data.stage import generate
from reversal.machines.devices import choose
from reversal.study import Cell, load
from reversal.train import keeper
from reversal.train.interruption import Watch
from reversal.train.stage import Saving, train_block
from reversal.train.state import Store

TITLE = "saving training state, the reference cell in a block of ten seeds"
CELL = "mdm"
EVERY = 2.0
"""Seconds between two saves here."""
DEFAULT = 60.0
"""Seconds between two saves in workflow/rules/train.smk."""


class Cost(NamedTuple):
    """What one training took."""

    training: float
    """Seconds, saving left out."""
    saves: int
    saving: float
    """Seconds."""
    megabytes: float
    """Of the state on the disk, two points and all checkpoints."""


def measure(repeats: int) -> Iterator[Measured]:
    """Share of training time, and what it is made of."""
    costs = [trained() for _ in range(repeats)]
    each = [cost.saving / cost.saves for cost in costs]
    yield Measured("share of training time at the default interval", "%", [100 * save / DEFAULT for save in each], 2)
    often = [100 * cost.saving / cost.training for cost in costs]
    yield Measured(f"share of training time, saved every {EVERY:g} s", "%", often)
    yield Measured("one save", "s", each)
    yield Measured("state on the disk", "MB", [cost.megabytes for cost in costs])


def trained() -> Cost:
    """Train the cell's block once, on one core."""
    of, device, took, began = cell(), choose(0, 1), [], 0.0
    save = Store.save

    def timed(*what: object) -> None:
        start = time.perf_counter()
        save(*what)
        took.append(time.perf_counter() - start)

    with TemporaryDirectory() as name, patch.object(Store, "save", timed), patch.object(keeper, "SHARE", float("inf")):
        folder = Path(name)
        pairs, sentences = folder / "pairs.parquet", folder / "sentences.parquet"
        seeds = range(10)  # exploration seeds
        generate(of.data, seeds, pairs, sentences)
        kept = [folder / f"{number}.safetensors" for number in range(len(of.checkpoints))]
        outputs = (folder / "history.parquet", folder / "run.json", kept)
        saving = Saving(folder / ".state", "this code", EVERY, Watch())
        began = time.perf_counter()
        train_block(of.settings, of.trained, seeds, pairs, sentences, *outputs, device, saving)
        whole = time.perf_counter() - began
        size = sum(path.stat().st_size for path in (folder / ".state").rglob("*.safetensors"))
    return Cost(whole - sum(took), len(took), sum(took), size / 1e6)


def cell() -> Cell:
    """The cell, as the default study has it."""
    return load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))).cells[CELL]
