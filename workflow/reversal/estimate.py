"""`python -m reversal estimate`: jobs, time and disk of a study before it starts.

From a few real steps of each cell on this machine; or, with `--gpu`, by arithmetic for a GPU that is elsewhere.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from rich.console import Console
from rich.table import Table

from reversal import dag
from reversal.data.stage import generate
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from reversal.language.cells import Learner
from reversal.machines import gpu_hours, memory
from reversal.machines.gpus import GPUS
from reversal.models.size import parameters
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
    """What one block of a cell takes on one core of this machine; all seeds of a language model."""

    train: float
    """Seconds."""
    evaluate: float
    """Seconds."""
    disk: float
    """Bytes that stay: tables, and the checkpoints that are kept."""
    passing: float
    """Bytes of all checkpoints, which are there until they have been evaluated."""

    def times(self, blocks: int) -> "Cost":
        """Of so many blocks; their checkpoints come and go."""
        return Cost(self.train * blocks, self.evaluate * blocks, self.disk * blocks, self.passing)


def show(study: Study, gpu: str | None = None) -> None:
    """Print a row a cell, and the sum over blocks and cores or over GPU hours."""
    console = Console() if sys.stdout.isatty() else Console(width=240)
    if gpu:
        for shown in on_gpu(study, gpu):
            console.print(shown, soft_wrap=True)
        return
    torch.set_num_threads(1)
    table = Table(
        title=f"study {study.name}: {STEPS} real steps of every cell, on one core", title_justify="left", box=None
    )
    for name in ("cell", "train, s", "evaluate, s", "disk, MB"):
        table.add_column(name, justify="left" if name == "cell" else "right")
    costs = {}
    for name in chosen(study):
        if name in study.published:
            continue  # loading it is most of what it takes, and it may not be here
        cost = measure(study.cells[name], study) if name in study.cells else measure_learner(study.learners[name])
        costs[name] = cost.times(len(study.blocks) if name in study.cells else 1)
        table.add_row(name, *(f"{value:.{places}f}" for value, places in columns(cost)))
    console.print(table)
    console.print(total(study, costs), soft_wrap=True)


def on_gpu(study: Study, gpu: str) -> Iterator[Table | str]:
    """A row a cell and the sum, by arithmetic from what `gpu_hours` assumes of a kind of GPU."""
    table = Table(
        title=f"study {study.name} on {gpu}: an estimate by arithmetic, {gpu_hours.UTILISATION:.0%} of its peak",
        title_justify="left",
        box=None,
    )
    heads = (
        "cell",
        "parameters, M",
        "train, GPU h",
        "evaluate, GPU h",
        "GPU, GB",
        "train, MB",
        "evaluate, MB",
        "kept, GB",
        "passing, GB",
    )
    for name in heads:
        table.add_column(name, justify="left" if name == "cell" else "right")
    costs = {}
    for cell in study.cells.values():
        costs[cell.name] = cost = gpu_hours.cost(cell, study, GPUS[gpu])
        table.add_row(
            cell.name,
            f"{parameters(cell.settings) / 1e6:.2f}",
            f"{cost.train:.2f}",
            f"{cost.evaluate:.2f}",
            f"{cost.gpu / 1e9:.1f}",
            str(memory.training(cell.settings, len(study.blocks[0].seeds))),
            str(memory.evaluation(cell.settings, study.evaluation["facts"])),
            f"{cost.kept / 1e9:.2f}",
            f"{cost.passing / 1e9:.1f}",
        )
    yield table
    train, evaluate, kept = (sum(getattr(c, name) for c in costs.values()) for name in ("train", "evaluate", "kept"))
    yield (
        f"{jobs(study)} jobs, about {train:.1f} GPU hours to train and {evaluate:.1f} to evaluate where a GPU evaluates, "
        f"{kept / 1e9:.0f} GB kept under results/{study.name}/ (checkpoints.keep: {study.keep}), and of each block that "
        f"is trained and not yet evaluated up to {max((c.passing for c in costs.values()), default=0) / 1e9:.0f} GB more"
    )


def chosen(study: Study) -> list[str]:
    """Cells of the experiments that `all` runs; those on request are another time's."""
    return list(dict.fromkeys(cell for experiment in study.selected for cell in experiment.cells))


def jobs(study: Study) -> int:
    """Jobs of the whole study."""
    pooled = sum(len(experiment.statistics) + len(experiment.figures) for experiment in study.selected)
    spoken = len(list(dag.language(study, chosen(study))))
    cells = [study.cells[name] for name in chosen(study) if name in study.cells]
    texts = {cell.dataset for cell in cells}
    return len(study.blocks) * (len(texts) + 2 * len(cells)) + spoken + pooled + 2 * len(WHOLE)


def total(study: Study, costs: Mapping[str, Cost]) -> str:
    """One sentence: jobs, minutes on this machine's cores, disk.

    Args:
        study: the study.
        costs: of all blocks of each cell.
    """
    cores = os.cpu_count() or 1
    seconds = sum(cost.train + cost.evaluate for cost in costs.values()) + START * jobs(study)
    disk, most = sum(cost.disk for cost in costs.values()), max((cost.passing for cost in costs.values()), default=0)
    return (
        f"{jobs(study)} jobs, about {seconds / cores / 60:.1f} minutes on {cores} cores, {disk / 1e9:.2f} GB under "
        f"results/{study.name}/ (checkpoints.keep: {study.keep}); a block's checkpoints take up to {most / 1e9:.2f} GB "
        "until they have been evaluated"
    )


def columns(cost: Cost) -> list[tuple[float, int]]:
    """Its columns, and places behind the point."""
    return [(cost.train, 0), (cost.evaluate, 1), (cost.disk / 1e6, 0)]


def measure_learner(cell: Learner) -> Cost:
    """A language model's seeds train one after another, and their checkpoints stay."""
    from reversal import estimate_language  # imports transformers

    taken = estimate_language.measure(cell, STEPS)
    return Cost(*(len(cell.seeds) * part for part in taken), passing=0.0)


def measure(cell: Cell, study: Study) -> Cost:
    """Take a few steps of one block, evaluate what they give, and scale up to all steps and checkpoints.

    The first checkpoint and the last are asked more than those between (logits, further distances): only what a
    checkpoint between them adds is scaled up.
    """
    seeds = range(len(study.blocks[0].seeds))  # exploration seeds: those of the study are for the study alone
    with TemporaryDirectory() as folder:
        root = Path(folder)
        pairs, sentences = root / "pairs.parquet", root / "sentences.parquet"
        generate(cell.data, seeds, pairs, sentences)
        train_seconds, parts = _train(cell, seeds, pairs, sentences)
        kept = [root / f"{step}.safetensors" for step in parts]
        for path, pieces in zip(kept, parts.values(), strict=True):
            save(path, joined(pieces))
        checkpoint = sum(path.stat().st_size for path in kept) / len(kept)
        whole = _evaluated(cell, study, pairs, kept)  # first, so that what starts up is not taken from the difference
        ends = _evaluated(cell, study, pairs, [kept[0], kept[-1]])
    evaluate_seconds, tables = (
        end + max(0, more - end) * (study.checkpoints - 2) for end, more in zip(ends, whole, strict=True)
    )
    return Cost(
        train=train_seconds / STEPS * cell.optimisation["steps"],
        evaluate=evaluate_seconds,
        disk=tables + checkpoint * len(study.kept),
        passing=checkpoint * study.checkpoints,
    )


def _train(
    cell: Cell, seeds: Sequence[int], pairs: Path, sentences: Path
) -> tuple[float, Mapping[int, list[Checkpoint]]]:
    """Seconds of `STEPS` steps of all seeds, and the checkpoints of each step: the first, one between, the last."""
    device, model, seconds = torch.device("cpu"), model_of(cell.settings), 0.0
    parts: dict[int, list[Checkpoint]] = {0: [], STEPS // 2: [], STEPS: []}
    size = chunk_size(cell.settings, seeds, sentences, device)
    for part in chunks(cell.settings, cell.trained, seeds, pairs, sentences, device, size):
        for made in train(model, replace(part, checkpoints=tuple(parts)), lambda moment: None):
            parts[made.step].append(made)
            if made.step == 0:
                began = time.perf_counter()  # from here on: step 0 costs a start-up
            if made.step == STEPS:
                seconds += time.perf_counter() - began
                break
    return seconds, parts


def _evaluated(cell: Cell, study: Study, pairs: Path, checkpoints: Sequence[Path]) -> tuple[float, float]:
    """Seconds to evaluate checkpoints, of which the first and the last are a training's; bytes of the tables."""
    outputs = {table: pairs.parent / f"{table}.parquet" for table in TABLES}
    began = time.perf_counter()
    evaluate_block(cell.settings, cell.trained, study.evaluation, pairs, checkpoints, outputs, torch.device("cpu"))
    return time.perf_counter() - began, sum(path.stat().st_size for path in outputs.values())
