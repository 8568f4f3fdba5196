"""`python -m reversal estimate`: jobs, time and disk of a study, from a few real steps of each cell, before it starts."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from reversal.data.stage import generate
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from reversal.study import Cell, Study
from reversal.train.stage import train_block

STEPS = 6
"""Optimiser steps timed in each cell."""
START = 3.0
"""Seconds that a job takes to start Python and import what it needs, as measured by `time python -m reversal train`."""


@dataclass(frozen=True)
class Cost:
    """What one block of a cell takes on one core of this machine."""

    train: float
    """Seconds."""
    evaluate: float
    """Seconds."""
    disk: float
    """Bytes."""


def show(study: Study) -> None:
    """Print a row a cell, and the sum over blocks and cores."""
    console = Console()
    torch.set_num_threads(1)
    table = Table(title=f"study {study.name}: {STEPS} real steps of every cell, on one core", title_justify="left", box=None)
    for name in ("cell", "train, s", "evaluate, s", "disk, MB"):
        table.add_column(name, justify="left" if name == "cell" else "right")
    costs = {}
    for cell in study.cells.values():
        costs[cell.name] = cost = measure(cell, study)
        table.add_row(cell.name, f"{cost.train:.0f}", f"{cost.evaluate:.1f}", f"{cost.disk / 1e6:.0f}")
    console.print(table)
    console.print(total(study, costs), soft_wrap=True)


def total(study: Study, costs: Mapping[str, Cost]) -> str:
    """One sentence: jobs, minutes on this machine's cores, disk."""
    blocks, cores = len(study.blocks), os.cpu_count() or 1
    statistics = sum(len(experiment.statistics) + len(experiment.figures) for experiment in study.experiments.values()) + 2
    jobs = blocks * (len(study.datasets) + 2 * len(study.cells)) + statistics
    seconds = blocks * sum(cost.train + cost.evaluate for cost in costs.values()) + START * jobs
    disk = blocks * sum(cost.disk for cost in costs.values())
    return f"{jobs} jobs, about {seconds / cores / 60:.1f} minutes on {cores} cores, {disk / 1e9:.2f} GB under results/{study.name}/"


def measure(cell: Cell, study: Study) -> Cost:
    """Train a few steps of one block, evaluate its checkpoints, and scale up to all steps and checkpoints."""
    seeds = study.blocks[0].seeds
    short = replace(cell, optimisation={**cell.optimisation, "steps": STEPS}, checkpoints=(0, STEPS))
    with TemporaryDirectory() as folder:
        root = Path(folder)
        pairs, sentences = root / "pairs.parquet", root / "sentences.parquet"
        generate(cell.data, seeds, pairs, sentences)
        kept = [root / "0.safetensors", root / "1.safetensors"]
        began = time.perf_counter()
        train_block(
            short.settings, cell.trained, seeds, pairs, sentences, root / "history.parquet", root / "run.json", kept, torch.device("cpu")
        )
        trained = time.perf_counter()
        outputs = {table: root / f"{table}.parquet" for table in TABLES}
        evaluate_block(cell.settings, cell.trained, study.evaluation, pairs, kept, outputs, torch.device("cpu"))
        evaluated = time.perf_counter()
        share = study.checkpoints / len(kept)
        disk = share * sum(path.stat().st_size for path in [*kept, *outputs.values()])
    steps = cell.optimisation["steps"]
    return Cost((trained - began) / (STEPS + 1) * steps, (evaluated - trained) * share, disk)
