"""The stage `train`: one block of seeds of one cell, from its text to history and checkpoints."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reversal import __version__, tables
from reversal.data import texts
from reversal.data.geometry import reach, sentence_length, vocabulary_size
from reversal.data.query import form
from reversal.data.stage import read_pairs, read_sentences
from reversal.device import chunk
from reversal.fingerprint import fingerprint
from reversal.models.model import Model, build
from reversal.models.size import held_in_training
from reversal.progress import Heartbeat
from reversal.tables import replacing
from reversal.train import checkpoint
from reversal.train.interruption import Watch
from reversal.train.keeper import Keeper
from reversal.train.loop import Moment, Trainer, Training
from reversal.train.state import History, Point, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saving:
    """Where and how often training state is saved, and when the job is to stop."""

    states: Path
    """`results/<study>/.state`."""
    code: str
    """Digest of this code."""
    every: float
    """Seconds."""
    watch: Watch


def train_block(
    settings: Mapping[str, Any],
    trained: Sequence[str],
    seeds: Sequence[int],
    pairs_path: Path,
    sentences_path: Path,
    history_path: Path,
    timing_path: Path,
    run_path: Path,
    checkpoint_paths: Sequence[Path],
    device: torch.device,
    saving: Saving,
) -> None:
    """Train all runs of a block, from where an earlier job left off, and write what came of it.

    Args:
        settings: of the cell: data, model, objective, optimisation, checkpoints.
        trained: the queries that the objective trains.
        seeds: master seeds of the block.
        pairs_path, sentences_path: the block's text.
        history_path, timing_path, run_path, checkpoint_paths: what is written; one path for each checkpoint step.
        device: where to compute.
        saving: what makes the job one that can be killed.

    Raises:
        ReversalError: an input is missing or damaged, or an output cannot be written.
        Stopped: by a signal or the end of the job's time; what it had is saved.
    """
    identity = {
        "settings": settings,
        "trained": list(trained),
        "seeds": list(seeds),
        "text": [tables.digest(pairs_path, "pairs"), tables.digest(sentences_path, "sentences")],
        "code": saving.code,
    }
    store = Store(saving.states, identity, str(history_path.parent))
    keeper = Keeper(store, saving.watch, saving.every)
    start = keeper.resumed(settings["checkpoints"])
    model, history = model_of(settings), list(start.history) if start else []
    size = start.size if start else chunk_size(settings, seeds, sentences_path, device)
    parts = list(chunks(settings, trained, seeds, pairs_path, sentences_path, device, size))
    for place, part in enumerate(parts):
        if start is None or place >= start.chunk:
            here = start if start and place == start.chunk else None
            _train_chunk(model, part, place, size, here, keeper, history)
    for number, path in enumerate(checkpoint_paths):
        checkpoint.save(path, checkpoint.joined(keeper.checkpoints(len(parts), number)))
    for path, columns in ((history_path, _history), (timing_path, _timing)):
        tables.write(path, path.stem, columns(history), fingerprint=fingerprint(settings))
    _write_run(run_path, settings, seeds, device, _learnt(history))


def _train_chunk(
    model: Model, part: Training, place: int, size: int, start: Point | None, keeper: Keeper, history: History
) -> None:
    """Train one chunk of so many of the block's seeds to its end, from `start` if there is one."""
    trainer = Trainer(model, part)
    name = f"seeds {part.seeds[0]}–{part.seeds[-1]}"
    if start:
        trainer.restore(start.step, start.seconds, start.tensors)
        log.info("%s: resuming at step %d of %d", name, min(trainer.step, trainer.steps), trainer.steps)
    beat = Heartbeat(name, trainer.steps, trainer.step)

    def report(moment: Moment) -> None:
        history.append((part.seeds, moment))
        beat.beat(
            moment.step, f"{moment.query} −log p {moment.nll.mean():.4f}, accuracy {moment.accuracy.min():.2f} at worst"
        )

    def point() -> Point:
        return Point(place, size, trainer.step, trainer.seconds, trainer.tensors(), history)

    while not trainer.finished:
        made = trainer.advance(report)
        if made:
            keeper.keep(place, part.checkpoints.index(made.step), made)
        keeper.between_steps(point)
    if keeper.saved:  # a training so long is not to be lost between its last step and its outputs
        keeper.save(point())


def model_of(settings: Mapping[str, Any]) -> Model:
    """The model of a cell's settings; inputs are at most a sentence behind a beginning token."""
    data = settings["data"]
    return build(settings["model"], vocabulary_size(data), reach(data))


def chunk_size(settings: Mapping[str, Any], seeds: Sequence[int], sentences_path: Path, device: torch.device) -> int:
    """How many of a block's seeds fit the memory at once."""
    data, batch = settings["data"], settings["optimisation"]["batch"]
    places = (batch or len(read_sentences(sentences_path, seeds[:1])[0])) * sentence_length(data)
    return chunk(len(seeds), places * vocabulary_size(data), device, held=held_in_training(settings))


def chunks(
    settings: Mapping[str, Any],
    trained: Sequence[str],
    seeds: Sequence[int],
    pairs_path: Path,
    sentences_path: Path,
    device: torch.device,
    size: int,
) -> Iterator[Training]:
    """A block in chunks of so many seeds, in their order."""
    data = settings["data"]
    asked = form(settings["objective"], trained)
    text = texts.of(data)
    for start in range(0, len(seeds), size):
        part = tuple(seeds[start : start + size])
        by_seed = read_pairs(pairs_path, part)
        pairs = [by_seed[seed] for seed in part]
        yield Training(
            seeds=part,
            sentences=read_sentences(sentences_path, part),
            word_size=data["word_size"],
            vocabulary=vocabulary_size(data),
            layout=data["layout"],
            objective=settings["objective"],
            optimisation=settings["optimisation"],
            checkpoints=tuple(settings["checkpoints"]),
            queries=tuple(query for query in text.every(pairs, data, asked) if query.name in trained),
            device=device,
        )


def _history(moments: History) -> dict[str, Any]:
    """Columns of the table `history`, by seed, then step."""
    rows = [
        (seed, m.step, m.query, m.loss[place], m.nll[place], m.accuracy[place], m.learning_rate, m.stopped[place])
        for seeds, m in moments
        for place, seed in enumerate(seeds)
    ]
    rows.sort(key=lambda row: row[:3])
    seed, step, query, loss, nll, accuracy, rate, stopped = (list(column) for column in zip(*rows, strict=True))
    return {
        "seed": seed,
        "step": step,
        "loss": np.array(loss),
        "query": query,
        "nll": np.array(nll),
        "accuracy": np.array(accuracy),
        "learning_rate": rate,
        "stopped": stopped,
    }


def _timing(moments: History) -> dict[str, Any]:
    """Columns of the table `timing`, by seed, then step: when the last query of each row was asked, a seed of the chunk."""
    asked = {(seed, moment.step): moment.seconds / len(seeds) for seeds, moment in moments for seed in seeds}
    seed, step = zip(*sorted(asked), strict=True)
    return {"seed": seed, "step": step, "seconds": [asked[place] for place in sorted(asked)]}


def _learnt(moments: History) -> dict[int, float]:
    """Seed → accuracy of its worst trained query at the end, which the gate looks at (SCIENCE, "Gate")."""
    last = max(moment.step for _, moment in moments)
    worst: dict[int, float] = {}
    for seeds, moment in moments:
        if moment.step == last:
            for seed, accuracy in zip(seeds, moment.accuracy.tolist(), strict=True):
                worst[seed] = min(accuracy, worst.get(seed, 1.0))
    return worst


def _write_run(
    path: Path, settings: Mapping[str, Any], seeds: Sequence[int], device: torch.device, learnt: Mapping[int, float]
) -> None:
    """Provenance: what was trained, with what, and what came of it."""
    record = {
        "fingerprint": fingerprint(settings),
        "settings": settings,
        "seeds": list(seeds),
        "trained_accuracy": learnt,
        "device": device.type,
        "versions": {"reversal": __version__, "torch": torch.__version__, "numpy": np.__version__},
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
