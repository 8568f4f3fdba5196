"""What is asked of a pair (SCIENCE, "Queries"), as token sequences with the places of the answer.

source       p(A | [M] R B)       masked models only
target       p(B | A R [M])       or the next tokens after A R
reverse      p(A | B R' [M])      or the next tokens after B R'
wrong_frame  p(A | B S [M])       another relation S
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from reversal import registry
from reversal.data.geometry import sentence_length, vocabulary_size
from reversal.data.pairs import Pairs
from reversal.data.sentences import tell


class Form(NamedTuple):
    """How a model is asked."""

    masked: bool
    """By [M] in the answer's place; else by what comes next."""
    begun: bool
    """Does a beginning token stand before everything, at position 0?"""
    trained: tuple[str, ...]
    """Queries that its objective trains."""
    reordered: bool = False
    """Are tokens read in an order of their own, with the answer's place last wherever it stands?"""


class Query(NamedTuple):
    """One query of all N pairs of S seeds; w tokens an entity, L tokens a prompt."""

    name: str
    frame: str
    distance: int
    own_distance: bool
    tokens: np.ndarray
    """int64 (S, N, L)."""
    positions: np.ndarray
    """int64 (S, N, L)."""
    slots: np.ndarray
    """int64 (w,): where in the prompt the answer's tokens are read off."""
    given_slots: np.ndarray
    """int64 (w,): where in the prompt the given entity stands."""
    answers: np.ndarray
    """int64 (S, N, w)."""
    given: np.ndarray
    """int64 (S, N, w): the entity that the prompt gives."""
    asks_a: bool
    """Is the answer an A? Else it is a B."""
    trained: np.ndarray
    """bool (S, N): was this query of this pair in the training text?"""

    @property
    def rows(self) -> np.ndarray:
        """int64 (S, N·w): the answer's places in the flattened prompts, prompt × L + slot."""
        seeds, pairs, length = self.tokens.shape
        row = (np.arange(pairs)[:, None] * length + self.slots).ravel()
        return np.tile(row, (seeds, 1))


def form(cell_objective: Mapping[str, Any], trained: Sequence[str]) -> Form:
    """How models trained by an objective are asked."""
    next_token = cell_objective["kind"] == "next_token"
    reordered = registry.literals("train.objectives", cell_objective["kind"]).get("REORDERS", False)
    return Form(not next_token, next_token and cell_objective["loss"] == "whole", tuple(trained), reordered)


def own_distance(data: Mapping[str, Any]) -> int:
    """Token positions from the first token of one entity to that of the other, where the layout adds no gap."""
    return sentence_length(data) - data["word_size"]


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
    a, b = _stacked(pairs, "a"), _stacked(pairs, "b")
    relation = _stacked(pairs, "relation")
    size = data["word_size"]
    hidden = np.full_like(a, vocabulary_size(data))
    tokens = _told(hidden, relation, b)
    own = own_distance(data)
    positions = _positions(tokens, size, distance or own, asked)
    slots = np.arange(tokens.shape[-1])
    if asked.reordered:
        slots = np.roll(slots, size)
        tokens, positions = (np.roll(part, -size, axis=-1) for part in (tokens, positions))
    return Query(
        name="source",
        frame=_told_frame(data),
        distance=distance or own,
        own_distance=distance in (None, own),
        tokens=tokens,
        positions=positions,
        slots=slots[:size],
        given_slots=slots[-size:],
        answers=a,
        given=b,
        asks_a=True,
        trained=np.full(a.shape[:2], "source" in asked.trained and distance in (None, own)),
    )


def target(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Query:
    """p(B | A R [M]), or what follows A R."""
    a, b = _stacked(pairs, "a"), _stacked(pairs, "b")
    trained = np.full(a.shape[:2], "target" in asked.trained)
    return _last("target", a, _stacked(pairs, "relation"), b, data, asked, _told_frame(data), None, False, trained)


def reverse(
    pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form, frame: str, distance: int | None = None
) -> Query:
    """p(A | B R' [M]), or what follows B R'; in frame `same` of a text with an inverse relation, R for R'."""
    a, b = _stacked(pairs, "a"), _stacked(pairs, "b")
    right = frame == frames(data)[0] and distance in (None, own_distance(data))
    relation = _stacked(pairs, "inverse" if frame == frames(data)[0] else "relation")
    trained = _stacked(pairs, "both_ways") & (right and "target" in asked.trained)
    return _last("reverse", b, relation, _keyed(pairs, a), data, asked, frame, distance, True, trained)


def wrong_frame(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Query:
    """p(A | B S [M]), or what follows B S."""
    a, b = _stacked(pairs, "a"), _stacked(pairs, "b")
    relation = np.stack([np.full(len(run.a), run.other) for run in pairs])
    untrained = np.zeros(a.shape[:2], dtype=bool)
    return _last("wrong_frame", b, relation, _keyed(pairs, a), data, asked, "other", None, True, untrained)


def _last(
    name: str,
    given: np.ndarray,
    relation: np.ndarray,
    answers: np.ndarray,
    data: Mapping[str, Any],
    asked: Form,
    frame: str,
    distance: int | None,
    asks_a: bool,
    trained: np.ndarray,
) -> Query:
    """A query whose answer closes the sentence: hidden, or all but its last token shown to what comes next."""
    size, own = data["word_size"], own_distance(data)
    if asked.masked:
        tokens = _told(given, relation, np.full_like(answers, vocabulary_size(data)))
        positions = _positions(tokens, size, distance or own, asked)
    else:
        tokens = _told(given, relation, answers)
        positions = _positions(tokens, size, distance or own, asked)[..., :-1]
        tokens = tokens[..., :-1]
    if asked.begun:
        start = np.full((*tokens.shape[:2], 1), vocabulary_size(data) + 1)
        tokens = np.concatenate([start, tokens], axis=-1)
        positions = np.concatenate([np.zeros_like(start), positions], axis=-1)
    length = tokens.shape[-1]
    return Query(
        name=name,
        frame=frame,
        distance=distance or own,
        own_distance=distance in (None, own),
        tokens=tokens,
        positions=positions,
        slots=np.arange(length - size, length),
        given_slots=np.arange(size) + asked.begun,
        answers=answers,
        given=given,
        asks_a=asks_a,
        trained=trained,
    )


def _positions(tokens: np.ndarray, size: int, distance: int, asked: Form) -> np.ndarray:
    """Positions of a whole sentence: the relation stays beside the last entity, which stands at `distance`."""
    length = tokens.shape[-1]
    shift = distance - (length - size)
    line = np.arange(length) + shift * (np.arange(length) >= size) + asked.begun
    return np.broadcast_to(line, tokens.shape)


def _told(first: np.ndarray, relation: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.stack([tell(*run) for run in zip(first, relation, second, strict=True)])


def _told_frame(data: Mapping[str, Any]) -> str:
    return "none" if frames(data) == ("none",) else "same"


def _stacked(pairs: Sequence[Pairs], name: str) -> np.ndarray:
    return np.stack([getattr(run, name) for run in pairs])


def _keyed(pairs: Sequence[Pairs], a: np.ndarray) -> np.ndarray:
    """The A that counts as right for each pair: its own, or another's where labels are permuted."""
    return np.stack([entities[run.answer] for run, entities in zip(pairs, a, strict=True)])
