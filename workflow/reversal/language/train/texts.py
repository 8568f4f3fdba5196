"""What a run is told, and what it is asked on the way: texts of its corpus, and where entities stand in them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from reversal import tables
from reversal.errors import ReversalError


class Text(NamedTuple):
    """A text, and where entities stand in it."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """From which to which character, the second excluded."""
    where: str
    """File and row, for what is said if it will not do."""


def told(path: Path, seed: int) -> list[Text]:
    """The passages of a run; the spans are those of A and B.

    Raises:
        ReversalError: the table is missing or damaged, or there are none of this seed.
    """
    found = [
        Text(
            row["text"],
            ((row["a_start"], row["a_end"]), (row["b_start"], row["b_end"])),
            f"{path}: passage {row['passage']}",
        )
        for row in tables.read(path, "passages").to_pylist()
        if row["seed"] == seed
    ]
    if not found:
        raise ReversalError(f"{path}: holds no passage of seed {seed}; write the corpus of this seed first")
    return found


def asked(path: Path, seed: int, query: str) -> list[Text]:
    """The questions of one query whose very text is a passage; the span is that of the answer.

    Raises:
        ReversalError: the table is missing or damaged, or there are none of this seed.
    """
    columns = ["seed", "question", "query", "trained", "text", "answer_start", "answer_end"]
    found = [
        Text(row["text"], ((row["answer_start"], row["answer_end"]),), f"{path}: question {row['question']}")
        for row in tables.read(path, "questions", columns).to_pylist()
        if row["trained"] and row["seed"] == seed and row["query"] == query
    ]
    if not found:
        raise ReversalError(
            f"{path}: asks no '{query}' of seed {seed} whose text is a passage; training and its gate follow these"
        )
    return found


def entities(texts: Iterable[Text]) -> set[str]:
    """All that stands in the spans of texts."""
    return {text.text[start:end] for text in texts for start, end in text.spans}
