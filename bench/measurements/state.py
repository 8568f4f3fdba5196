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

from bench.block import trained, written
from bench.measured import Measured
from bench.reference import cell
from reversal.train import keeper
from reversal.train.state import Store

TITLE = "saving training state, the reference cell in a block of ten seeds"
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
    costs = [saved() for _ in range(repeats)]
    each = [cost.saving / cost.saves for cost in costs]
    yield Measured("share of training time at the default interval", "%", [100 * save / DEFAULT for save in each], 2)
    often = [100 * cost.saving / cost.training for cost in costs]
    yield Measured(f"share of training time, saved every {EVERY:g} s", "%", often)
    yield Measured("one save", "s", each)
    yield Measured("state on the disk", "MB", [cost.megabytes for cost in costs])


def saved() -> Cost:
    """Train the cell's block once, on one core, saving often."""
    of, took = cell(), []
    save = Store.save

    def timed(*what: object) -> None:
        start = time.perf_counter()
        save(*what)
        took.append(time.perf_counter() - start)

    with TemporaryDirectory() as name, patch.object(Store, "save", timed), patch.object(keeper, "SHARE", float("inf")):
        folder = Path(name)
        text = written(of, folder)
        began = time.perf_counter()
        trained(of, text, folder, EVERY)
        whole = time.perf_counter() - began
        size = sum(path.stat().st_size for path in (folder / ".state").rglob("*.safetensors"))
    return Cost(whole - sum(took), len(took), sum(took), size / 1e6)
