"""Public sets of the reversal curse, read from where the user has put them: one file a set, its sentences beside it.

Nothing of them is kept here, for they come without a licence. A file offers `rows(path)`; the sentences are YAML.
"""

from pathlib import Path
from typing import NamedTuple, Protocol

from reversal import registry
from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation, read


class Found(NamedTuple):
    """What a set's files hold."""

    rows: list[Row]
    files: dict[Path, int]
    """How many records each file that was read has."""


class Set(Protocol):
    """What a file of `language/corpus/sets/` offers."""

    def rows(self, path: Path) -> Found:
        """Everything that the set has under a path."""


def of(name: str, path: str | Path) -> tuple[dict[str, Relation], Found]:
    """The relations of a set, and its rows.

    Raises:
        ReversalError: there is no such set, or what lies at the path is not it.
    """
    chosen: Set = registry.load("language.corpus.sets", name)
    return read(Path(__file__).parent / f"{name}.yaml"), chosen.rows(Path(path))
