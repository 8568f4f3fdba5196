"""What is asked of a pair (SCIENCE, "Queries").

source       p(A | [M] R B)       masked models only
target       p(B | A R [M])       or the next tokens after A R
reverse      p(A | B R' [M])      or the next tokens after B R'
wrong_frame  p(A | B S [M])       another relation S
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reversal.data.geometry import sentence_length
from reversal.data.pairs import Pairs
from reversal.data.query import Fact, Form, Query, closing, opening, own_distance, stacked


def every(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Iterator[Query]:
    """All queries at the layout's own distance, in every frame that the text has."""
    if asked.masked:
        yield source(pairs, data, asked)
    yield target(pairs, data, asked)
    yield from (reverse(pairs, data, asked, frame) for frame in frames(data))
    if data["other_pairs"]:
        yield wrong_frame(pairs, data, asked)


def frames(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Frames that `reverse` is asked in, the right one first."""
    if sentence_length(data) == 2 * data["word_size"]:
        return ("none",)
    return ("inverse", "same") if data["relation"] == "inverse" else ("same",)


def source(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form, distance: int | None = None) -> Query:
    """p(A | [M] R B), at any distance."""
    fact = _backward(pairs, stacked(pairs, "relation"), stacked(pairs, "a"))
    trained = np.full(fact.pair.shape, "source" in asked.trained and distance in (None, own_distance(data)))
    return opening("source", _told_frame(data), fact, data, asked, trained, distance)


def target(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Query:
    """p(B | A R [M]), or what follows A R."""
    a_type = stacked(pairs, "a_type")
    fact = Fact(
        given=stacked(pairs, "a"),
        relation=stacked(pairs, "relation"),
        answer=stacked(pairs, "b"),
        given_type=a_type,
        answer_type=1 - a_type,
        pair=_numbers(pairs),
    )
    trained = np.full(fact.pair.shape, "target" in asked.trained)
    return closing("target", _told_frame(data), fact, data, asked, trained)


def reverse(
    pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form, frame: str, distance: int | None = None
) -> Query:
    """p(A | B R' [M]), or what follows B R'; in frame `same` of a text with an inverse relation, R for R'."""
    right = frame == frames(data)[0] and distance in (None, own_distance(data))
    relation = stacked(pairs, "inverse" if frame == frames(data)[0] else "relation")
    trained = stacked(pairs, "both_ways") & (right and "target" in asked.trained)
    fact = _backward(pairs, relation, _keyed(pairs))
    return closing("reverse", frame, fact, data, asked, trained, distance, asks_a=True)


def wrong_frame(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Query:
    """p(A | B S [M]), or what follows B S."""
    fact = _backward(pairs, np.stack([np.full(len(run.a), run.other) for run in pairs]), _keyed(pairs))
    untrained = np.zeros(fact.pair.shape, dtype=bool)
    return closing("wrong_frame", "other", fact, data, asked, untrained, asks_a=True)


def _backward(pairs: Sequence[Pairs], relation: np.ndarray, answer: np.ndarray) -> Fact:
    """B is given and an A asked."""
    a_type = stacked(pairs, "a_type")
    return Fact(stacked(pairs, "b"), relation, answer, 1 - a_type, a_type, _numbers(pairs))


def _told_frame(data: Mapping[str, Any]) -> str:
    return "none" if frames(data) == ("none",) else "same"


def _numbers(pairs: Sequence[Pairs]) -> np.ndarray:
    return np.stack([np.arange(len(run.a)) for run in pairs])


def _keyed(pairs: Sequence[Pairs]) -> np.ndarray:
    """The A that counts as right for each pair: its own, or another's where labels are permuted."""
    return np.stack([run.a[run.answer] for run in pairs])
