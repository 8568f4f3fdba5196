"""`python -m reversal estimate`: jobs, time and disk of a study, from a few real steps of each cell, before it starts."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from rich.console import Console
from rich.table import Table

from reversal.data.stage import generate
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from reversal.study import WHOLE, Cell, Study
from reversal.train.checkpoint import Checkpoint, joined, save
from reversal.train.loop import train
from reversal.train.stage import chunk_size, chunks, model_of

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
    table = Table(
        title=f"study {study.name}: {STEPS} real steps of every cell, on one core", title_justify="left", box=None
    )
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
    statistics = sum(
        len(experiment.statistics) + len(experiment.figures) for experiment in study.experiments.values()
    ) + 2 * len(WHOLE)
    jobs = blocks * (len(study.datasets) + 2 * len(study.cells)) + statistics
    seconds = blocks * sum(cost.train + cost.evaluate for cost in costs.values()) + START * jobs
    disk = blocks * sum(cost.disk for cost in costs.values())
    return f"{jobs} jobs, about {seconds / cores / 60:.1f} minutes on {cores} cores, {disk / 1e9:.2f} GB under results/{study.name}/"


def measure(cell: Cell, study: Study) -> Cost:
    """Take a few steps of one block, evaluate what they give, and scale up to all steps and checkpoints."""
    seeds = range(len(study.blocks[0].seeds))  # exploration seeds: those of the study are for the study alone
    with TemporaryDirectory() as folder:
        root = Path(folder)
        pairs, sentences = root / "pairs.parquet", root / "sentences.parquet"
        generate(cell.data, seeds, pairs, sentences)
        device, model, train_seconds = torch.device("cpu"), model_of(cell.settings), 0.0
        parts: dict[int, list[Checkpoint]] = {0: [], STEPS: []}
        size = chunk_size(cell.settings, seeds, sentences, device)
        for part in chunks(cell.settings, cell.trained, seeds, pairs, sentences, device, size):
            began = time.perf_counter()  # again once step 0 has been made, which costs a start-up
            for made in train(model, replace(part, checkpoints=(0, STEPS)), lambda moment: None):
                parts[made.step].append(made)
                if made.step == STEPS:
                    train_seconds += time.perf_counter() - began
                    break
                began = time.perf_counter()
        kept = [root / f"{step}.safetensors" for step in parts]
        for path, pieces in zip(kept, parts.values(), strict=True):
            save(path, joined(pieces))
        outputs = {table: root / f"{table}.parquet" for table in TABLES}
        began = time.perf_counter()
        evaluate_block(cell.settings, cell.trained, study.evaluation, pairs, kept, outputs, device)
        evaluate_seconds = time.perf_counter() - began
        disk = sum(path.stat().st_size for path in [*kept, *outputs.values()])
    share = study.checkpoints / len(kept)
    return Cost(train_seconds / STEPS * cell.optimisation["steps"], evaluate_seconds * share, disk * share)
