"""The sizes that a dataset's settings imply, whatever the kind of its text: sentences, their length, the vocabulary."""

from collections.abc import Mapping
from typing import Any

from reversal import registry
from reversal.data import texts


def sentence_length(data: Mapping[str, Any]) -> int:
    """Tokens of one sentence."""
    return texts.of(data).sentence_length(data)


def reach(data: Mapping[str, Any]) -> int:
    """Positions that a sentence may take, behind a beginning token: 0 … reach − 1."""
    layout = registry.load("data.layouts", data["layout"]["kind"])
    return 1 + layout.span(sentence_length(data), data["layout"])


def sentences(data: Mapping[str, Any]) -> int:
    """Sentences of one run's text."""
    return texts.of(data).sentences(data)


def vocabulary_size(data: Mapping[str, Any]) -> int:
    """V: the tokens that a model may answer. [M] and BOS come on top; no model ever answers them."""
    return texts.of(data).vocabulary_size(data)
