"""Pairs told in sentences of their own, `A R B`: the text of the reversal curse (P1, section 5.1; P2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from reversal import registry
from reversal.data.pairs import both_ways, draw, relations
from reversal.data.queries import every
from reversal.data.sentences import write
from reversal.data.texts import Guesses

__all__ = ["REVERSES", "SETTINGS", "draw", "every", "write"]

SETTINGS: dict = {}
REVERSES = True


def sentence_length(data: Mapping[str, Any]) -> int:
    """Two entities and, in most layouts, a relation."""
    return 2 * data["word_size"] + _writes_relation(data)


def sentences(data: Mapping[str, Any]) -> int:
    """Each pair once, or twice where it is told both ways, and the pairs of the second relation."""
    return data["pairs"] + both_ways(data) + data["other_pairs"]


def entity_tokens(data: Mapping[str, Any]) -> int:
    """Each entity has tokens of its own; those of the second relation are counted apart."""
    return 2 * data["pairs"] * data["word_size"]


def vocabulary_size(data: Mapping[str, Any]) -> int:
    """Relations, entities, and the entities of the second relation."""
    others = 2 * data["other_pairs"] * data["word_size"]
    return relations(data) + max(entity_tokens(data), data["entity_tokens"]) + others


def contradictions(data: Mapping[str, Any]) -> Iterator[str]:
    """Relations in a layout that writes none."""
    if (data["other_pairs"] or data["relation"] == "inverse") and not _writes_relation(data):
        yield (
            f"layout.kind: '{data['layout']['kind']}' writes no relation; "
            "set relation: symmetric and other_pairs: 0, or another layout"
        )


def guesses(data: Mapping[str, Any], query: str) -> Guesses:
    """Whatever is asked, one of the N entities of a type is right."""
    return Guesses(vocabulary_size(data), data["pairs"])


def _writes_relation(data: Mapping[str, Any]) -> bool:
    return registry.literals("data.layouts", data["layout"]["kind"])["RELATION"]
