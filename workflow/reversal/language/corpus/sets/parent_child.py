"""Celebrities and their parents (Berglund et al. 2023, arXiv 2309.12288, section 2.2): `parent_child_pairs.csv`.

Columns child, parent and parent_type, with others that are not read; the type is written `mother` or, in older copies,
`ParentType.MOTHER`. The child is the head: models name a celebrity's parent and fail to name the parent's child.
"""

import csv
from pathlib import Path

from reversal.errors import ReversalError
from reversal.language.corpus.fact import row
from reversal.language.corpus.sets import Found

COLUMNS = ("child", "parent", "parent_type")
RELATIONS = ("mother", "father")


def rows(path: Path) -> Found:
    """The pairs of one file."""
    found = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for place, record in enumerate(csv.DictReader(file, strict=True), start=1):
                missing = next((column for column in COLUMNS if record.get(column) is None), None)
                if missing:
                    raise ReversalError(
                        f"{path}: row {place}, column {missing!r}: missing; name the set's parent_child_pairs.csv"
                    )
                kind = record["parent_type"].removeprefix("ParentType.").lower()
                if kind not in RELATIONS:
                    raise ReversalError(
                        f"{path}: row {place}, column 'parent_type': {record['parent_type']!r:.120} is none of "
                        f"{', '.join(RELATIONS)}; mend it"
                    )
                found.append(row(kind, record["child"], record["parent"]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReversalError(f"{path}: cannot be read ({error}); name the set's parent_child_pairs.csv") from None
    return Found(found, {path: len(found)})
