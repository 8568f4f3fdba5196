"""The default study's reference cell at any size, and how long a piece of work on it takes. Imports no torch."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import yaml

from bench.commands import ROOT
from reversal.study import Cell, Study, load

CELL = "mdm"
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
