"""`python -m reversal status`: what is done, running or failed, and which runs did not learn their trained queries.

Read off the files alone: a job is done when its outputs are there; else its log says whether it lives.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from reversal import paths
from reversal.evaluate import TABLES
from reversal.progress import EVERY
from reversal.study import Study

SILENT = 6 * EVERY
"""Seconds without a line in the log after which an unfinished job is taken for dead."""

STATES = ("done", "running", "failed", "waiting")


def show(study: Study) -> None:
    """Print how many jobs of each stage are in which state, then the failed ones and the runs that did not learn."""
    console = Console()
    jobs = {stage: list(found) for stage, found in stages(study).items()}
    table = Table(title=f"study {study.name}", title_justify="left", box=None, header_style="bold")
    for name in ("stage", *STATES):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage, found in jobs.items():
        states = [state(outputs, log) for outputs, log in found]
        table.add_row(stage, *(str(states.count(name)) for name in STATES))
    console.print(table)
    for stage, found in jobs.items():
        for outputs, log in found:
            if state(outputs, log) == "failed":
                console.print(f"failed: {stage}: {_last_line(log)} ({log})", soft_wrap=True, markup=False)
    for line in not_learnt(study):
        console.print(line, soft_wrap=True, markup=False)


def stages(study: Study) -> dict[str, Iterator[tuple[list[Path], Path]]]:
    """Stage → outputs and log of each of its jobs."""
    root = Path(paths.results(study.name))
    blocks = [block.name for block in study.blocks]

    def data() -> Iterator[tuple[list[Path], Path]]:
        for name in study.datasets:
            for block in blocks:
                outputs = [root / path.format(dataset=name, block=block) for path in (paths.PAIRS, paths.SENTENCES)]
                yield outputs, root / f"logs/data/{name}/{block}.log"

    def train() -> Iterator[tuple[list[Path], Path]]:
        for name in study.cells:
            for block in blocks:
                last = paths.CHECKPOINT.format(cell=name, block=block, checkpoint=study.checkpoints - 1)
                outputs = [root / path.format(cell=name, block=block) for path in (paths.HISTORY, paths.RUN)]
                yield [*outputs, root / last], root / f"logs/train/{name}/{block}.log"

    def evaluate() -> Iterator[tuple[list[Path], Path]]:
        for name in study.cells:
            for block in blocks:
                outputs = [root / paths.EVALUATED.format(cell=name, block=block, table=table) for table in TABLES]
                yield outputs, root / f"logs/evaluate/{name}/{block}.log"

    def statistics() -> Iterator[tuple[list[Path], Path]]:
        for experiment in study.experiments.values():
            for statistic in experiment.statistics:
                output = root / paths.STATISTIC.format(experiment=experiment.name, statistic=statistic)
                yield [output], root / f"logs/statistics/{experiment.name}/{statistic}.log"
        yield [root / paths.CLAIMS], root / "logs/statistics/claims.log"

    def figures() -> Iterator[tuple[list[Path], Path]]:
        drawn = [f"{experiment.name}_{figure}" for experiment in study.experiments.values() for figure in experiment.figures]
        for name in [*drawn, "ledger"]:
            yield [root / paths.FIGURE.format(figure=name, format=suffix) for suffix in paths.DRAWN], root / f"logs/figures/{name}.log"

    return {"data": data(), "train": train(), "evaluate": evaluate(), "statistics": statistics(), "figures": figures()}


def state(outputs: list[Path], log: Path) -> str:
    """One of `STATES`."""
    if all(path.exists() for path in outputs):
        return "done"
    if not log.exists():
        return "waiting"
    said_error = "reversal: " in _last_line(log) or "Error" in _last_line(log)
    alive = time.time() - log.stat().st_mtime < SILENT
    return "running" if alive and not said_error else "failed"


def not_learnt(study: Study) -> Iterator[str]:
    """One line for each run whose trained queries stayed below the gate."""
    root = Path(paths.results(study.name))
    for cell in study.cells:
        for block in study.blocks:
            path = root / paths.RUN.format(cell=cell, block=block.name)
            if not path.exists():
                continue
            for seed, accuracy in json.loads(path.read_text(encoding="utf-8"))["trained_accuracy"].items():
                if accuracy < study.gate:
                    yield f"did not learn: {cell}, seed {seed}: accuracy {accuracy:.3f} of its trained queries, gate {study.gate}"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty: it was killed, or has only begun"
