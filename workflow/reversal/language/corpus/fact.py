"""A row of a relation, as its source has it; those that the sieve keeps are the facts of a corpus."""

import unicodedata
from typing import NamedTuple


class Row(NamedTuple):
    """A, the head, stands in a relation to B, the tail."""

    relation: str
    head: str
    tail: str
    outdated: bool = False
    """Is it known to be no longer so?"""


def row(relation: str, head: str, tail: str, outdated: bool = False) -> Row:
    """A row whose entities are written one way: composed characters (NFC), one space between words, none around."""
    return Row(relation, tidy(head), tidy(tail), outdated)


def tidy(entity: str) -> str:
    """An entity as texts will write it."""
    return " ".join(unicodedata.normalize("NFC", entity).split())
