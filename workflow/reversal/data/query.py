"""A query as token sequences with the places of its answer, and how a model is asked."""

from collections.abc import Mapping, Sequence
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
    """One query of N facts of S seeds; w tokens an entity, L tokens a prompt."""

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
    """Is the answer an A? Else it is what A leads to: a B, or the end of a chain."""
    trained: np.ndarray
    """bool (S, N): was this query of this fact in the training text?"""
    pair: np.ndarray
    """int64 (S, N): number of the pair, or of the sentence, that is asked about."""
    answer_type: np.ndarray
    """int64 (S, N): vocabulary that the answer is from (`Pairs.words`)."""
    given_type: np.ndarray
    """int64 (S, N): vocabulary that the given entity is from."""
    before: "Query | None" = None
    """The step that comes first; this query is answered only where both are."""

    @property
    def rows(self) -> np.ndarray:
        """int64 (S, N·w): the answer's places in the flattened prompts, prompt × L + slot."""
        seeds, pairs, length = self.tokens.shape
        row = (np.arange(pairs)[:, None] * length + self.slots).ravel()
        return np.tile(row, (seeds, 1))


class Fact(NamedTuple):
    """What a query of N facts of S seeds is about."""

    given: np.ndarray
    """int64 (S, N, w)."""
    relation: np.ndarray
    """int64 (S, N): its token, −1 where none is written."""
    answer: np.ndarray
    """int64 (S, N, w)."""
    given_type: np.ndarray
    """int64 (S, N)."""
    answer_type: np.ndarray
    """int64 (S, N)."""
    pair: np.ndarray
    """int64 (S, N)."""


def form(cell_objective: Mapping[str, Any], trained: Sequence[str]) -> Form:
    """How models trained by an objective are asked."""
    said = registry.literals("train.objectives", cell_objective["kind"])
    begun = registry.holds(said["BEGINS"], cell_objective)
    return Form(not said["FOLLOWS"], begun, tuple(trained), bool(said["REORDERS"]))


def own_distance(data: Mapping[str, Any]) -> int:
    """Token positions from the first token of one entity to that of the other, where the layout adds no gap."""
    return sentence_length(data) - data["word_size"]


def opening(
    name: str,
    frame: str,
    fact: Fact,
    data: Mapping[str, Any],
    asked: Form,
    trained: np.ndarray,
    distance: int | None = None,
) -> Query:
    """p(answer | [M] R given): masked models only."""
    return _ask(name, frame, fact, data, asked, trained, distance, opens=True, asks_a=True)


def closing(
    name: str,
    frame: str,
    fact: Fact,
    data: Mapping[str, Any],
    asked: Form,
    trained: np.ndarray,
    distance: int | None = None,
    asks_a: bool = False,
) -> Query:
    """p(answer | given R [M]), or what follows `given R`."""
    return _ask(name, frame, fact, data, asked, trained, distance, opens=False, asks_a=asks_a)


def _ask(
    name: str,
    frame: str,
    fact: Fact,
    data: Mapping[str, Any],
    asked: Form,
    trained: np.ndarray,
    distance: int | None,
    opens: bool,
    asks_a: bool,
) -> Query:
    """A query of a sentence of two entities, whose answer opens or closes it."""
    ends = (fact.answer, fact.given) if opens else (fact.given, fact.answer)
    sentences = np.stack([tell(*run) for run in zip(ends[0], fact.relation, ends[1], strict=True)])
    size, length, own = data["word_size"], sentences.shape[-1], own_distance(data)
    first, last = np.arange(size), np.arange(length - size, length)
    whole = Query(
        name=name,
        frame=frame,
        distance=distance or own,
        own_distance=distance in (None, own),
        tokens=sentences,
        positions=_positions(sentences, size, distance or own),
        slots=first if opens else last,
        given_slots=last if opens else first,
        answers=fact.answer,
        given=fact.given,
        asks_a=asks_a,
        trained=trained,
        pair=fact.pair,
        answer_type=fact.answer_type,
        given_type=fact.given_type,
    )
    return hide(whole, data, asked)


def hide(whole: Query, data: Mapping[str, Any], asked: Form) -> Query:
    """The query made of a whole sentence: its answer hidden, or all but its last token shown to what comes next.

    What comes next can be asked of a sentence's last entity only.
    """
    tokens, positions = whole.tokens, whole.positions
    if asked.masked:
        tokens = tokens.copy()
        tokens[..., whole.slots] = vocabulary_size(data)
        hidden = whole._replace(tokens=tokens)
        return _answer_last(hidden) if asked.reordered else hidden
    tokens, positions = tokens[..., :-1], positions[..., :-1]
    if asked.begun:
        start = np.full((*tokens.shape[:2], 1), vocabulary_size(data) + 1)
        tokens = np.concatenate([start, tokens], axis=-1)
        positions = np.concatenate([np.zeros_like(start), positions + 1], axis=-1)
    return whole._replace(
        tokens=tokens,
        positions=positions,
        slots=whole.slots - 1 + asked.begun,
        given_slots=whole.given_slots + asked.begun,
    )


def _answer_last(query: Query) -> Query:
    """The same query with the answer's places read last, so that causal attention sees all that is shown."""
    shown = np.setdiff1d(np.arange(query.tokens.shape[-1]), query.slots)
    order = np.concatenate([shown, query.slots])
    place = np.argsort(order)
    return query._replace(
        tokens=query.tokens[..., order],
        positions=query.positions[..., order],
        slots=place[query.slots],
        given_slots=place[query.given_slots],
    )


def _positions(tokens: np.ndarray, size: int, distance: int) -> np.ndarray:
    """Positions of a whole sentence: the relation stays beside the last entity, which stands at `distance`."""
    length = tokens.shape[-1]
    shift = distance - (length - size)
    return np.broadcast_to(np.arange(length) + shift * (np.arange(length) >= size), tokens.shape)


def stacked(pairs: Sequence[Pairs], name: str) -> np.ndarray:
    """One field of every run, (S, …)."""
    return np.stack([getattr(run, name) for run in pairs])
