"""The sizes that a dataset's settings imply: sentences, their length, the vocabulary."""

from collections.abc import Mapping
from typing import Any

from reversal import registry


def sentence_length(data: Mapping[str, Any]) -> int:
    """Tokens of one sentence: two entities and, in most layouts, a relation."""
    return 2 * data["word_size"] + registry.literals("data.layouts", data["layout"]["kind"])["RELATION"]


def reach(data: Mapping[str, Any]) -> int:
    """Positions that a sentence may take, behind a beginning token: 0 … reach − 1."""
    layout = registry.load("data.layouts", data["layout"]["kind"])
    return 1 + layout.span(sentence_length(data), data["layout"])


def sentences(data: Mapping[str, Any]) -> int:
    """Sentences of one run's text."""
    return data["pairs"] + both_ways(data) + data["other_pairs"]


def both_ways(data: Mapping[str, Any]) -> int:
    """Pairs that are told both ways."""
    return round(data["bidirectional_fraction"] * data["pairs"])


def relations(data: Mapping[str, Any]) -> int:
    """Relation tokens: R, its inverse where it has one, and S where it is told of other pairs."""
    if not registry.literals("data.layouts", data["layout"]["kind"])["RELATION"]:
        return 0
    return 1 + (data["relation"] == "inverse") + (data["other_pairs"] > 0)


def vocabulary_size(data: Mapping[str, Any]) -> int:
    """V: the tokens that a model may answer. [M] and BOS come on top; no model ever answers them."""
    entities = 2 * data["pairs"] * data["word_size"]
    others = 2 * data["other_pairs"] * data["word_size"]
    return relations(data) + max(entities, data["entity_tokens"]) + others
