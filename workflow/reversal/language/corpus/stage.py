"""The corpora of a block of seeds: of each its facts, the passages that a model is trained on, and the questions that it is asked.

    settings → rows → facts (what is ambiguous is dropped) → passages, questions

Deterministic in settings and seeds; of the facts themselves nothing depends on the seed. Imports no torch.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.fingerprint import canonical, fingerprint
from reversal.language.corpus.designs import Design
from reversal.language.corpus.fact import Row
from reversal.language.corpus.gather import gather
from reversal.language.corpus.passages import Passage, tell
from reversal.language.corpus.questions import Question, ask
from reversal.language.corpus.relation import Relation
from reversal.language.corpus.sieve import Counts, sieve

Columns = dict[str, Sequence[Any]]
"""Name → values of all rows."""


def generate(
    settings: Mapping[str, Any], seeds: Sequence[int], facts: Path, passages: Path, questions: Path, **metadata: str
) -> None:
    """Write the tables `facts`, `passages` and `questions` of a block of seeds.

    Args:
        settings: the corpus of a cell: `facts` (see `gather`), `design`: its kind and settings.
        seeds: master seeds of the block.
        facts: the table of facts; its metadata hold `counts` (rows read, dropped by each rule of `sieve`, kept, of each
            relation) and `files` (name, records and SHA-256 of every local file), both as JSON.
        passages: the table of passages.
        questions: the table of questions.
        metadata: kept in all three beside the settings' fingerprint.

    Raises:
        ReversalError: a source of facts, a template or a name will not do, or a relation is left without facts.
    """
    gathered = gather(settings["facts"])
    kept, counts = sieve(gathered.rows, gathered.relations)
    _refuse_emptiness(counts)
    design: Design = registry.load("language.corpus.designs", settings["design"]["kind"])
    frames = {name: design.frames(relation) for name, relation in gathered.relations.items()}
    told: list[Columns] = []
    spoken: list[Columns] = []
    asked: list[Columns] = []
    for seed in seeds:
        both_ways = design.both_ways(kept, settings["design"], seed)
        said = list(tell(kept, frames, both_ways))
        told.append(_facts(kept, gathered.relations, both_ways, seed))
        spoken.append(_numbered("passage", Passage, said, seed))
        asked.append(_numbered("question", Question, ask(kept, frames, {passage.text for passage in said}), seed))
    metadata = {"fingerprint": fingerprint(settings), **metadata}
    sources = {"counts": canonical(counts), "files": canonical(gathered.files)}
    tables.write(facts, "facts", _together(told), **sources, **metadata)
    tables.write(passages, "passages", _together(spoken), **metadata)
    tables.write(questions, "questions", _together(asked), **metadata)


def _refuse_emptiness(counts: Counts) -> None:
    for name, found in counts.items():
        if not found["kept"]:
            dropped = ", ".join(f"{rule} {count}" for rule, count in found.items() if count)
            raise ReversalError(
                f"corpus.facts: no fact of {name!r} is left ({dropped or 'read 0'}); "
                "mend its rows, or take it out of the templates"
            )


def _facts(kept: Sequence[Row], relations: Mapping[str, Relation], both_ways: np.ndarray, seed: int) -> Columns:
    return {
        "seed": [seed] * len(kept),
        "fact": range(len(kept)),
        "relation": [fact.relation for fact in kept],
        "head": [fact.head for fact in kept],
        "tail": [fact.tail for fact in kept],
        "source": [relations[fact.relation].source for fact in kept],
        "licence": [relations[fact.relation].licence for fact in kept],
        "told": ["both" if both else "forward" for both in both_ways],
    }


def _together(seeds: Sequence[Columns]) -> Columns:
    """The columns of several seeds under one another."""
    return {name: list(itertools.chain.from_iterable(one[name] for one in seeds)) for name in seeds[0]}


def _numbered(number: str, kind: type[NamedTuple], rows: Iterable[NamedTuple], seed: int) -> Columns:
    """Columns of a table whose rows are numbered from 0."""
    columns = list(zip(*rows, strict=True))
    count = len(columns[0])
    return {"seed": [seed] * count, number: range(count), **dict(zip(kind._fields, columns, strict=True))}
