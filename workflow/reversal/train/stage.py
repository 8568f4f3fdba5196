"""The stage `train`: one block of seeds of one cell, from its text to history and checkpoints."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reversal import __version__, tables
from reversal.data import queries
from reversal.data.geometry import sentence_length, vocabulary_size
from reversal.data.stage import read_pairs, read_sentences
from reversal.device import chunk
from reversal.fingerprint import fingerprint
from reversal.models.model import Model, build
from reversal.progress import Heartbeat
from reversal.tables import replacing
from reversal.train import checkpoint
from reversal.train.loop import Moment, Training, train


def train_block(
    settings: Mapping[str, Any],
    trained: Sequence[str],
    seeds: Sequence[int],
    pairs_path: Path,
    sentences_path: Path,
    history_path: Path,
    run_path: Path,
    checkpoint_paths: Sequence[Path],
    device: torch.device,
) -> None:
    """Train all runs of a block and write their history, their checkpoints and what they were made with.

    Args:
        settings: of the cell: data, model, objective, optimisation, checkpoints.
        trained: the queries that the objective trains.
        seeds: master seeds of the block.
        pairs_path, sentences_path: the block's text.
        history_path, run_path, checkpoint_paths: what is written; one path for each checkpoint step.
        device: where to compute.

    Raises:
        ReversalError: an input is missing or damaged, or an output cannot be written.
    """
    model = model_of(settings)
    parts: list[Training] = list(chunks(settings, trained, seeds, pairs_path, sentences_path, device))
    history: list[tuple[tuple[int, ...], Moment]] = []
    kept: list[list[checkpoint.Checkpoint]] = [[] for _ in checkpoint_paths]
    for part in parts:
        beat = Heartbeat(f"seeds {part.seeds[0]}–{part.seeds[-1]}", settings["optimisation"]["steps"])

        def report(moment: Moment, part: Training = part, beat: Heartbeat = beat) -> None:
            history.append((part.seeds, moment))
            beat.beat(
                moment.step,
                f"{moment.query} −log p {moment.nll.mean():.4f}, accuracy {moment.accuracy.min():.2f} at worst",
            )

        for position, made in enumerate(train(model, part, report)):
            kept[position].append(
                checkpoint.Checkpoint(made.step, made.seeds, _held(made.parameters), _held(made.update))
            )
    for path, pieces in zip(checkpoint_paths, kept, strict=True):
        checkpoint.save(path, checkpoint.joined(pieces))
    tables.write(history_path, "history", _history(history), fingerprint=fingerprint(settings))
    _write_run(run_path, settings, seeds, device, _learnt(history))


def model_of(settings: Mapping[str, Any]) -> Model:
    """The model of a cell's settings; inputs are at most a sentence and a beginning token long."""
    data = settings["data"]
    return build(settings["model"], vocabulary_size(data), sentence_length(data) + 1)


def chunks(
    settings: Mapping[str, Any],
    trained: Sequence[str],
    seeds: Sequence[int],
    pairs_path: Path,
    sentences_path: Path,
    device: torch.device,
) -> Iterator[Training]:
    """A block in pieces that fit the memory, in the order of its seeds."""
    data, optimisation = settings["data"], settings["optimisation"]
    form = queries.form(settings["objective"], trained)
    places = (optimisation["batch"] or len(read_sentences(sentences_path, seeds[:1])[0])) * sentence_length(data)
    size = chunk(len(seeds), places * vocabulary_size(data), device)
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
            optimisation=optimisation,
            checkpoints=tuple(settings["checkpoints"]),
            queries=tuple(query for query in queries.every(pairs, data, form) if query.name in trained),
            device=device,
        )


def _held(parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Off the device, where the other chunks need the room."""
    return {name: value.cpu() for name, value in parameters.items()}


def _history(moments: list[tuple[tuple[int, ...], Moment]]) -> dict[str, Any]:
    """Columns of the table `history`, by seed, then step."""
    rows = [
        (seed, m.step, m.query, m.loss[place], m.nll[place], m.accuracy[place], m.learning_rate, m.seconds)
        for seeds, m in moments
        for place, seed in enumerate(seeds)
    ]
    rows.sort(key=lambda row: row[:3])
    seed, step, query, loss, nll, accuracy, rate, seconds = (list(column) for column in zip(*rows, strict=True))
    return {
        "seed": seed,
        "step": step,
        "loss": np.array(loss),
        "query": query,
        "nll": np.array(nll),
        "accuracy": np.array(accuracy),
        "learning_rate": rate,
        "seconds": seconds,
    }


def _learnt(moments: list[tuple[tuple[int, ...], Moment]]) -> dict[int, float]:
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
