"""A user's own facts: a CSV, JSONL or parquet file with the columns relation, head and tail, checked row by row."""

import csv
import json
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reversal.errors import ReversalError
from reversal.language.corpus.fact import Row, row, tidy
from reversal.language.corpus.relation import Relation

COLUMNS = ("relation", "head", "tail")
KEPT = "surrogateescape"
"""Bytes that are no UTF-8 come through as lone surrogates, so that they are refused by row and column."""


def read(path: str | Path, relations: Mapping[str, Relation], templates: str) -> list[Row]:
    """The rows of a file; other columns than the three are nobody's to read.

    Args:
        path: ends in .csv, .jsonl or .parquet.
        relations: those that there are templates of.
        templates: the file that they are from, for messages.

    Raises:
        ReversalError: the file or a value in it will not do; rows count from 1, a CSV's head not among them.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise ReversalError(f"{path}: facts are read from {', '.join(READERS)}; save the file as one of them")
    found = []
    for place, record in _records(path):
        for column in COLUMNS:
            _hold(record, column, f"{path}: row {place}")
        name = tidy(record["relation"])
        if name not in relations:
            raise ReversalError(
                f"{path}: row {place}, column 'relation': {name!r:.120} has no templates; "
                f"add it to {templates} or write one of: {', '.join(relations)}"
            )
        found.append(row(name, record["head"], record["tail"]))
    if not found:
        raise ReversalError(f"{path}: there is no row; write a fact a row, with the columns {', '.join(COLUMNS)}")
    return found


def _hold(record: Mapping[str, Any], column: str, where: str) -> None:
    """A value that is text, and not empty."""
    if column not in record:
        raise ReversalError(f"{where}, column {column!r}: missing; every row has {', '.join(COLUMNS)}")
    value = record[column]
    if not isinstance(value, str):
        raise ReversalError(f"{where}, column {column!r}: {value!r:.120} is not text; write it as text")
    if not tidy(value):
        raise ReversalError(f"{where}, column {column!r}: {value!r:.120} is empty; fill it in or delete the row")
    if any(unicodedata.category(letter) in ("Cc", "Cs") and not letter.isspace() for letter in value):
        raise ReversalError(
            f"{where}, column {column!r}: {value!a:.120} holds a control character or is no UTF-8; "
            "delete it, or save the file as UTF-8"
        )


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Row numbers and rows, with what reading itself refuses said in one line."""
    place = 0
    try:
        for place, record in enumerate(READERS[path.suffix](path), start=1):
            yield place, record
    except OSError as error:
        raise ReversalError(f"{path}: the facts cannot be read ({error.strerror or error}); mend the path") from None
    except (csv.Error, json.JSONDecodeError, pa.ArrowException) as error:
        said = getattr(error, "msg", error)  # JSON's own message counts lines of one line
        raise ReversalError(f"{path}: row {place + 1} is no {path.suffix[1:]} ({said}); mend it") from None


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", errors=KEPT, newline="") as file:  # spreadsheets begin with a byte order mark
        for record in csv.DictReader(file, strict=True):
            if None in record:
                raise csv.Error(f"more fields than the head has columns: {record[None][0]!r:.120}; quote commas")
            yield {column: value for column, value in record.items() if value is not None}


def _jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8", errors=KEPT) as file:
        for line in file:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise json.JSONDecodeError(f"{record!r:.120} is no object", line, 0)
            yield record


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from pq.read_table(path).to_pylist()


READERS = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
