"""The stage `train`: one block of seeds of one cell, from its text to history and checkpoints."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from reversal import tables
from reversal.data import texts
from reversal.data.geometry import reach, sentence_length, vocabulary_size
from reversal.data.query import form
from reversal.data.stage import read_pairs, read_sentences
from reversal.device import chunk
from reversal.fingerprint import fingerprint
from reversal.models.model import Model, build
from reversal.models.size import held_in_training
from reversal.train import checkpoint, history, record
from reversal.train.continuation import finish
from reversal.train.keeper import Keeper, Saving
from reversal.train.loop import Trainer, Training
from reversal.train.state import Store


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
    model, moments = model_of(settings), list(start.history) if start else []
    size = start.size if start else chunk_size(settings, seeds, sentences_path, device)
    parts = list(chunks(settings, trained, seeds, pairs_path, sentences_path, device, size))
    for place, part in enumerate(parts):
        if start is None or place >= start.chunk:
            here = start if start and place == start.chunk else None
            finish(Trainer(model, part), part.seeds, part.checkpoints, place, size, here, keeper, moments)
    for number, path in enumerate(checkpoint_paths):
        checkpoint.save(path, checkpoint.joined(keeper.checkpoints(len(parts), number)))
    tables.write(history_path, "history", history.history(moments), fingerprint=fingerprint(settings))
    tables.write(timing_path, "timing", history.timing(moments), fingerprint=fingerprint(settings))
    record.write(run_path, settings, seeds, history.learnt(moments), device, ["numpy"])


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
