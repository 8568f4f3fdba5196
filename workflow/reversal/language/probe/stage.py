"""The probe: what a language model knows of facts, what its heads see of them, and where its gradients point.

One way for every checkpoint, trained here or published, so that their numbers can stand side by side:

    answers     how each question is answered: exact match, NLL a token, rank among candidates
    heads       masked models: r of S_fwd and S_rev over facts, and attention mass, by layer and head
    slopes      cosines of the gradients of the trained loss and of L_rev, by group of parameters

Facts are worked off in portions, and what is kept of a portion are its rows of `answers` and sums over it. The tables
are written at the end, so a job that fails has written none.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import torch

from reversal import tables
from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint
from reversal.language.probe import causal, masked
from reversal.language.probe.answer import Answer
from reversal.language.probe.heads import Summary
from reversal.language.probe.loaded import Loaded, load
from reversal.language.probe.quiz import Question, quiz
from reversal.language.probe.reading import Reading, reading
from reversal.language.probe.slopes import align

log = logging.getLogger(__name__)

PORTION = 512
"""Facts whose scores are held at once: at 32 layers of 32 heads some 8 MB a question of each."""


def probe(
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    checkpoints: Mapping[int, Sequence[str]],
    facts: Path,
    questions: Path,
    answers: Path,
    heads: Path,
    slopes: Path,
    device: torch.device,
    **metadata: str,
) -> None:
    """Ask every checkpoint of a block all questions of its seed and write the three tables.

    Args:
        settings: of a cell trained here, or of a published checkpoint (see `reading`); both may have `probe:`.
        seeds: master seeds of the block; the one of the corpus, of a published checkpoint.
        checkpoints: optimiser steps → folders or names of the seeds' checkpoints; 0 of a published one.
        facts: the table `facts` of these seeds.
        questions: the table `questions`.
        answers: where the table `answers` goes.
        heads: where the table `heads` goes.
        slopes: where the table `slopes` goes.
        device: where to compute, unless the settings spread the model by a device map.
        metadata: kept in the tables beside fingerprint and revision.

    Raises:
        ReversalError: a checkpoint cannot be had, may not run, or does not fit the questions, the settings or the memory.
    """
    how = reading(settings)
    told, asked = tables.read(facts, "facts"), tables.read(questions, "questions")
    made: dict[str, list[pa.Table]] = {"answers": [], "heads": [], "slopes": []}
    for place, seed in enumerate(seeds):
        of_seed = [table.filter(pc.field("seed") == seed) for table in (told, asked)]
        for step, named in sorted(checkpoints.items()):
            with _within_memory(named[place], how):
                for table, columns in _measure(load(named[place], how, device), how, step, *of_seed):
                    made[table].append(_table(table, columns))
    kept = {"fingerprint": fingerprint(settings), "revision": how.revision or "", **metadata}
    for table, path in (("answers", answers), ("heads", heads), ("slopes", slopes)):
        parts = made[table] or [tables.arrow_schema(table).empty_table()]
        tables.write(path, table, pa.concat_tables(parts).unify_dictionaries(), **kept)


def _measure(
    loaded: Loaded, how: Reading, step: int, told: pa.Table, asked: pa.Table
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table's columns for one checkpoint."""
    whole = quiz(loaded, told, asked, how.candidates)
    summary = Summary()
    for portion in _portions(whole.questions):
        if loaded.masked:
            found, seen = masked.answer(loaded, whole, portion, how.batch, how.decoding)
            summary.add(portion, seen)
        else:
            found = causal.answer(loaded, whole, portion, how.batch)
        yield "answers", _answers(whole.seed, step, portion, found)
        log.info("%s: %d questions answered", loaded.name, len(portion))
    if summary.sums:
        yield "heads", summary.rows(whole.seed, step)
    for row in align(loaded, whole.questions, how):
        yield "slopes", {"seed": [whole.seed], "step": [step], **{name: [value] for name, value in row.items()}}


def _portions(questions: Sequence[Question]) -> Iterator[list[Question]]:
    """All questions of some facts at a time."""
    facts = sorted({question.fact for question in questions})
    for first in range(0, len(facts), PORTION):
        some = set(facts[first : first + PORTION])
        yield [question for question in questions if question.fact in some]


def _answers(seed: int, step: int, questions: Sequence[Question], found: Sequence[Answer]) -> dict[str, Any]:
    return {
        "seed": [seed] * len(found),
        "step": [step] * len(found),
        "question": [question.number for question in questions],
        **{
            name: [getattr(question, name) for question in questions]
            for name in ("fact", "relation", "told", "query", "frame", "template", "trained")
        },
        **{name: [getattr(answer, name) for answer in found] for name in Answer._fields},
        "tokens": [len(question.prompt.answers) for question in questions],
    }


def _table(table: str, columns: Mapping[str, Any]) -> pa.Table:
    """Columns with the dictionary's types."""
    schema = tables.arrow_schema(table)
    return pa.table(
        [pa.array(columns[name], schema.field(name).type, from_pandas=True) for name in schema.names], schema=schema
    )


@contextmanager
def _within_memory(checkpoint: str, how: Reading) -> Iterator[None]:
    """A model that does not fit is a wrong setting, and not the end of the study."""
    try:
        yield
    except torch.OutOfMemoryError:
        ways = [
            (how.batch > 1, f"probe.batch below {how.batch}"),
            (how.dtype == "float32", "dtype: bfloat16"),
            (not how.device_map, "device_map: auto over several GPUs"),
            (how.slopes, "or probe.layers to some of them, or probe.slopes: false"),
        ]
        said = ", ".join(way for helps, way in ways if helps) or "device_map: auto over more GPUs"
        raise ReversalError(f"{checkpoint}: out of memory; set {said}") from None
