"""A study of 10,000 runs, planned: 100 cells of 100 seeds, none of them made yet.

In blocks of ten seeds, as the default study trains them, that is 1,000 training jobs and as many evaluations; in
blocks of one, the least favourable there can be, ten times as many; of these a quarter is planned, once, for all of them
take minutes.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.commands import Cost, run, snakemake
from bench.measured import Measured

TITLE = "dry run of 10,000 runs"
CELLS, SEEDS = 100, 100
SECONDS, GIGABYTES = 40, 1


def measure(repeats: int) -> Iterator[Measured]:
    """Seconds and memory of all runs in blocks of ten, and of a quarter of them in blocks of one."""
    for block, cells, times in ((10, CELLS, repeats), (1, CELLS // 4, 1)):
        costs = [plan(block, cells) for _ in range(times)]
        limits = (SECONDS, GIGABYTES) if cells == CELLS else (None, None)
        jobs = f"{cells * SEEDS:,} runs in blocks of {block}, {2 * cells * SEEDS // block:,} jobs to train and evaluate"
        yield Measured(f"{jobs}, time", "s", [cost.seconds for cost in costs], limits[0])
        yield Measured(f"{jobs}, memory", "GB", [cost.gigabytes for cost in costs], limits[1])


def plan(block: int, cells: int = CELLS, seeds: int = SEEDS) -> Cost:
    """What one dry run takes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        overlay = folder / "study.yaml"
        overlay.write_text(yaml.safe_dump(study(block, cells, seeds)), encoding="utf-8")
        return run(snakemake(folder, "--cores", "1", "--dry-run", "--configfile", str(overlay)), folder)


def study(block: int, cells: int = CELLS, seeds: int = SEEDS) -> dict[str, Any]:
    """An overlay of config.yaml: the dial of `dose` in so many small steps."""
    dial = {f"dial_{step}": _cell(step / cells) for step in range(cells)}
    return {
        "study": "bench",
        "seeds": {"first": 0, "count": seeds, "block": block},
        "cells": dial,
        "experiments": {"dial": {"cells": list(dial), "statistics": ["accuracy"], "figures": ["families"]}},
        "selected": ["dial"],
    }


def _cell(angle: float) -> dict[str, Any]:
    return {"like": "reference", "model": {"position": {"kind": "rope", "angle": angle}}}
