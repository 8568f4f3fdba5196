"""`python -m reversal status`: what is done, running, stopped or failed, and which runs did not learn.

Read off the files alone: a job is done when its outputs are there; else its log says whether it lives, and a training
that does not live has stopped where its saved state says.
"""

import json
import time
from collections.abc import Container, Iterable, Iterator
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.table import Table
from safetensors import SafetensorError, safe_open

from reversal import dag, paths, tables
from reversal.evaluate import TABLES
from reversal.fingerprint import canonical
from reversal.progress import EVERY
from reversal.study import WHOLE, Experiment, Study

SILENT = 6 * EVERY
"""Seconds without a line in the log after which an unfinished job is taken for dead."""

STAGES = ("data", "train", "evaluate", "language", "statistics", "figures")
STATES = ("done", "running", "stopped", "failed", "waiting")


def show(study: Study) -> None:
    """Print how many jobs of each stage are in which state, then those that wait for a person and what did not learn."""
    console = Console()
    jobs, steps = stages(study), saved(study)
    table = Table(title=f"study {study.name}", title_justify="left", box=None, header_style="bold")
    for name in ("stage", *STATES):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage, found in jobs.items():
        states = [state(outputs, log, steps) for outputs, log in found]
        table.add_row(stage, *(str(states.count(name)) for name in STATES))
    console.print(table)
    for stage, found in jobs.items():
        for outputs, log in found:
            match state(outputs, log, steps):
                case "failed":
                    console.print(f"failed: {stage}: {_last_line(log)} ({log})", soft_wrap=True, markup=False)
                case "stopped":
                    console.print(
                        f"stopped: {stage}: {log.parent.name}/{log.stem}, goes on {steps[outputs[-1].parent]}",
                        soft_wrap=True,
                        markup=False,
                    )
    for line in not_learnt(study):
        console.print(line, soft_wrap=True, markup=False)


def stages(study: Study) -> dict[str, list[tuple[list[Path], Path]]]:
    """Stage → outputs and log of each of its jobs."""
    blocks = [block.name for block in study.blocks]
    found: dict[str, list[tuple[list[Path], Path]]] = {stage: [] for stage in STAGES}

    def add(stage: str, name: str, outputs: Iterable[str]) -> None:
        found[stage].append(([Path(path) for path in outputs], Path(dag.inside(study, f"logs/{stage}/{name}.log"))))

    for name, block in product(study.datasets, blocks):
        add(
            "data",
            f"{name}/{block}",
            [dag.inside(study, t, dataset=name, block=block) for t in (paths.PAIRS, paths.SENTENCES)],
        )
    for name, block in product(study.cells, blocks):
        kept = [
            path for number, path in enumerate(dag.checkpoints(study, cell=name, block=block)) if number in study.kept
        ]
        add(
            "train",
            f"{name}/{block}",
            [*kept, *(dag.inside(study, t, cell=name, block=block) for t in (paths.HISTORY, paths.TIMING, paths.RUN))],
        )
        add(
            "evaluate",
            f"{name}/{block}",
            [dag.inside(study, paths.EVALUATED, cell=name, block=block, table=table) for table in TABLES],
        )
    chosen = {cell for experiment in study.selected for cell in experiment.cells}
    awaited = {name for name, _ in dag.language(study, chosen)}
    for name, outputs in dag.language(study):
        if name in awaited or Path(dag.inside(study, f"logs/language/{name}.log")).exists():
            add("language", name, outputs)
    for path in map(Path, dag.estimates(study, study.selected)):
        add("statistics", f"{path.parent.name}/{path.stem}", [str(path)])
    add("statistics", "claims", [dag.inside(study, paths.CLAIMS)])
    add("statistics", "calibration", [dag.inside(study, paths.CALIBRATION)])
    for name in [*dag.figures(study, study.selected), *WHOLE]:
        add("figures", name, dag.drawn(study, name).values())
    return found


def saved(study: Study) -> dict[Path, str]:
    """Folder of a training's outputs → where it goes on. A state of other settings is none of this study's."""
    found = {}
    for label in Path(dag.inside(study, paths.STATES)).glob("*/training.json"):
        try:
            training = json.loads(label.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # its job has this moment begun, or cleans it
            continue
        outputs = Path(training.get("outputs", ""))
        cell, point = {**study.cells, **study.learners}.get(outputs.parent.name), _newest(label.parent)
        if cell and point and canonical(cell.settings) == canonical(training["settings"]):
            seeds = ", ".join(map(str, training["seeds"][point["chunk"] * point["size"] :][: point["size"]]))
            found[outputs] = f"at step {point['step']} of {cell.optimisation['steps']}, seeds {seeds}"
    return found


def _newest(folder: Path) -> dict[str, int] | None:
    """Chunk, seeds a chunk and step of the newest point of a state that can be read."""
    for path in sorted(folder.glob("[0-9]*.safetensors"), key=lambda path: int(path.stem), reverse=True):
        try:
            with safe_open(path, framework="numpy") as file:
                return json.loads((file.metadata() or {})["where"])
        except (OSError, KeyError, SafetensorError):
            continue
    return None


def state(outputs: list[Path], log: Path, saved: Container[Path] = ()) -> str:
    """One of `STATES`.

    Args:
        outputs: of the job.
        log: of the job.
        saved: folders of outputs whose training has a saved state.
    """
    if all(path.exists() for path in outputs):
        return "done"
    if not log.exists():
        return "waiting"
    last = _last_line(log)
    told = "reversal: stopped by " in last
    failed = not told and ("reversal: " in last or "Error" in last)
    alive = time.time() - log.stat().st_mtime < SILENT
    if alive and not told and not failed:
        return "running"
    trains = outputs[-1].name == "run.json"  # a probe writes into the folder of the training that it is of
    return "stopped" if trains and outputs[-1].parent in saved and not failed else "failed"


def not_learnt(study: Study) -> Iterator[str]:
    """One line for each run whose trained queries stayed below the gate, of the study or of an experiment."""
    trained = [(cell, block, paths.RUN) for cell, block in product(study.cells, study.blocks)]
    trained += [
        (cell, block, paths.of_language("{cell}", "run.json"))
        for cell in study.learners
        for block in study.blocks_of(cell)
    ]
    for cell, block, template in trained:
        path = Path(dag.inside(study, template, cell=cell, block=block.name))
        if path.exists():
            for seed, accuracy in json.loads(path.read_text(encoding="utf-8"))["trained_accuracy"].items():
                if accuracy < study.gate:
                    yield f"did not learn: {cell}, seed {seed}: accuracy {accuracy:.3f} of its trained queries, gate {study.gate}"
    for experiment in study.experiments.values():
        if experiment.training_nll is not None:
            yield from _losses(study, experiment)


def _losses(study: Study, experiment: Experiment) -> Iterator[str]:
    """One line for each run of an experiment whose worst trained query ends with too high a loss."""
    for cell, block in product(experiment.cells, study.blocks):
        path = Path(dag.inside(study, paths.HISTORY, cell=cell, block=block.name))
        if path.exists():
            history = tables.read(path, "history", ["seed", "step", "query", "nll"]).to_pandas()
            trained = history[history["query"].isin(study.cells[cell].trained)]
            final = trained[trained["step"] == trained.groupby("seed")["step"].transform("max")]
            for seed, nll in final.groupby("seed")["nll"].max().items():
                if not nll < experiment.training_nll:
                    yield (
                        f"did not learn: {cell}, seed {seed}: training NLL {nll:.3g} nats a token, "
                        f"{experiment.name} asks for less than {experiment.training_nll}"
                    )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty: it was killed, or has only begun"
