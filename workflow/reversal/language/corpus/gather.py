"""The rows that a corpus is made of, from every source that its settings name."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reversal.errors import ReversalError
from reversal.language.corpus import facts, own_file, sets
from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation, read

Entry = str | Mapping[str, str]
"""A built-in relation; {file, templates} of the user's own; or {set, path} of a public set."""


class Gathered(NamedTuple):
    """What was read, and from where."""

    rows: list[Row]
    relations: dict[str, Relation]
    files: list[dict[str, Any]]
    """Of each local file: its name, how many records it has, its SHA-256."""


def gather(entries: Sequence[Entry]) -> Gathered:
    """Everything that the entries of `corpus.facts` name, in their order.

    Raises:
        ReversalError: a source will not do, or two of them have a relation of the same name.
    """
    gathered = Gathered([], {}, [])
    for place, entry in enumerate(entries):
        rows, relations, files = _gather(entry)
        twice = next((name for name in relations if name in gathered.relations), None)
        if twice:
            raise ReversalError(f"corpus.facts.{place}: the relation {twice!r} is there already; rename one of them")
        gathered.rows.extend(rows)
        gathered.relations.update(relations)
        gathered.files.extend(files)
    return gathered


def _gather(entry: Entry) -> Gathered:
    if isinstance(entry, str):
        relation, rows = facts.of(entry)
        return Gathered(rows, {entry: relation}, [])
    if "set" in entry:
        relations, found = sets.of(entry["set"], entry["path"])
        return Gathered(found.rows, relations, [_file(path, records) for path, records in found.files.items()])
    relations = read(entry["templates"])
    rows = own_file.read(entry["file"], relations, entry["templates"])
    path = Path(entry["file"])
    told = {name: relation.said_of(path.name) for name, relation in relations.items()}
    return Gathered(rows, told, [_file(path, len(rows)), _file(Path(entry["templates"]), len(relations))])


def _file(path: Path, records: int) -> dict[str, Any]:
    return {"file": path.name, "records": records, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
