"""In context: `x → y ↔ y ← x`, so that what is asked back stands in the same sentence (P1; SCIENCE, experiment 5).

source      p(x | [M] → y ↔ y ← x)    of the combinations told; masked models only
target      p(x | x → y ↔ y ← [M])    of the combinations told
in_context  the same as `target`, of the combinations held out

Every x meets every y, so a pair says nothing by itself: x can be copied, or it cannot be known.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reversal.data.pairs import Pairs
from reversal.data.query import Form, Query, hide
from reversal.data.sentences import Sentences
from reversal.data.texts import Guesses
from reversal.data.texts._held_out import draw_tokens, draw_told, refused, told

SETTINGS = {
    "second": {
        "description": "How many y there are; `pairs` counts the combinations, so x are pairs / second.",
        "type": "integer",
        "minimum": 2,
        "maximum": 1000000,
        "default": 10,
    },
    "told": {
        "description": "Share of the combinations that are told.",
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.7,
    },
}
REVERSES = False

RELATIONS = 3
"""Tokens 0, → (`Pairs.relation`), 1, ← (`Pairs.inverse`), and 2, ↔ (`Pairs.other`)."""


def sentence_length(data: Mapping[str, Any]) -> int:
    """Four entities and three relations."""
    return 4 * data["word_size"] + 3


def sentences(data: Mapping[str, Any]) -> int:
    """One of each combination that is told."""
    return told(data)


def firsts(data: Mapping[str, Any]) -> int:
    """How many x there are."""
    return data["pairs"] // data["text"]["second"]


def entity_tokens(data: Mapping[str, Any]) -> int:
    """Each x and each y has tokens of its own."""
    return (firsts(data) + data["text"]["second"]) * data["word_size"]


def vocabulary_size(data: Mapping[str, Any]) -> int:
    """Relations and entities."""
    return RELATIONS + max(entity_tokens(data), data["entity_tokens"])


def contradictions(data: Mapping[str, Any]) -> Iterator[str]:
    """What holds of all texts that hold out, and combinations that are no rectangle."""
    yield from refused(data)
    second = data["text"]["second"]
    if data["pairs"] % second or data["pairs"] < 2 * second:
        yield (
            f"text.second: {second} does not fit; pairs: {data['pairs']} are all combinations "
            f"of two or more x with {second} y, so it must be a multiple of {second}"
        )


def draw(seed: int, data: Mapping[str, Any]) -> Pairs:
    """All combinations of one run, by x, then y. Seeds differ in the tokens and in what is held out."""
    count, size, second = data["pairs"], data["word_size"], data["text"]["second"]
    tokens = draw_tokens(seed, RELATIONS, vocabulary_size(data))
    words = tokens[: entity_tokens(data)].reshape(-1, size)
    x, y = words[: firsts(data)], words[firsts(data) :]
    plain = np.zeros(count, dtype=np.int64)
    return Pairs(
        a=np.repeat(x, second, axis=0),
        b=np.tile(y, (firsts(data), 1)),
        a_type=plain,
        answer=np.arange(count),
        relation=plain,
        inverse=plain + 1,
        other=2,
        both_ways=np.zeros(count, dtype=bool),
        others=np.zeros((0, 2, size), dtype=np.int64),
        c=np.zeros((count, 0), dtype=np.int64),
        told=draw_told(seed, data),
    )


def write(pairs: Pairs) -> Sentences:
    """Every combination that is told."""
    pair = np.flatnonzero(pairs.told)
    return Sentences(tokens=_tell(pairs, pair), pair=pair, told=np.repeat("in_context", len(pair)))


def every(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Iterator[Query]:
    """What is told, then what is held out."""
    if asked.masked:
        yield _ask("source", pairs, data, asked)
    yield _ask("target", pairs, data, asked)
    yield _ask("in_context", pairs, data, asked)


def guesses(data: Mapping[str, Any], query: str) -> Guesses:
    """Whatever is asked, the answer is one of the x."""
    return Guesses(vocabulary_size(data), firsts(data))


def _tell(pairs: Pairs, chosen: np.ndarray) -> np.ndarray:
    """Tokens (n, L) of the sentences of some combinations."""
    x, y = pairs.a[chosen], pairs.b[chosen]
    relation, inverse = pairs.relation[chosen, None], pairs.inverse[chosen, None]
    return np.concatenate([x, relation, y, np.full_like(relation, pairs.other), y, inverse, x], axis=1)


def _ask(name: str, pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Query:
    """One of the two x of a sentence; given is the y beside it."""
    size, length = data["word_size"], sentence_length(data)
    chosen = np.stack([np.flatnonzero(run.told != (name == "in_context")) for run in pairs])
    tokens = np.stack([_tell(*run) for run in zip(pairs, chosen, strict=True)])
    opens = name == "source"
    slots = np.arange(size) + (0 if opens else length - size)
    given = slots + (size + 1 if opens else -size - 1)
    types = np.zeros_like(chosen)
    whole = Query(
        name=name,
        frame="same",
        distance=size + 1,
        own_distance=True,
        tokens=tokens,
        positions=np.broadcast_to(np.arange(length), tokens.shape),
        slots=slots,
        given_slots=given,
        answers=tokens[..., slots],
        given=tokens[..., given],
        asks_a=True,
        trained=np.full(chosen.shape, name in asked.trained),
        pair=chosen,
        answer_type=types,
        given_type=types + 1,
    )
    return hide(whole, data, asked)
