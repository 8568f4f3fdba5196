"""Chain of thought: `x → y` and `y → z` of every triple, and `x ⇝ z` of a share; the others are held out (P1; SCIENCE, experiment 4).

source        p(left | [M] R right)    of every sentence; masked models only
target        p(right | left R [M])    of every sentence
one_step      p(z | x ⇝ [M])           of the triples whose x ⇝ z is held out
step_by_step  p(y | x → [M]) p(z | y → [M])    of the same triples

In one step, nothing that was told of a held-out triple links x to z but by y. Step by step, the model answers y and is
asked again: right only if both answers are. Entities have tokens of their own; related ones have two tokens, that of
their vocabulary and that of their triple (`x i → y i`), so that the answer's second token can be copied.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reversal.data.pairs import Pairs
from reversal.data.query import Fact, Form, Query, closing, opening
from reversal.data.sentences import Sentences, tell
from reversal.data.texts import Guesses
from reversal.data.texts._held_out import draw_tokens, draw_told, refused, told

SETTINGS = {
    "told": {
        "description": "Share of the triples whose x ⇝ z is told.",
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.7,
    },
    "related": {
        "description": "Are entities made of their vocabulary's token and their triple's? Needs word_size 2.",
        "type": "boolean",
        "default": False,
    },
}
REVERSES = False

RELATIONS = 2
"""Tokens 0, → (`Pairs.relation`), and 1, ⇝ (`Pairs.other`)."""
STEPS = {"first_step": ("a", "b"), "second_step": ("b", "c"), "one_step": ("a", "c")}
"""Sentence → from which entity to which."""
TYPES = {"a": 0, "b": 1, "c": 2}


def sentence_length(data: Mapping[str, Any]) -> int:
    """Two entities and a relation."""
    return 2 * data["word_size"] + 1


def sentences(data: Mapping[str, Any]) -> int:
    """Two steps of each triple, and one step of those that are told."""
    return 2 * data["pairs"] + told(data)


def entity_tokens(data: Mapping[str, Any]) -> int:
    """Three entities a triple; related ones share the tokens of three vocabularies and of each triple."""
    return 3 + data["pairs"] if data["text"]["related"] else 3 * data["pairs"] * data["word_size"]


def vocabulary_size(data: Mapping[str, Any]) -> int:
    """Relations and entities."""
    return RELATIONS + max(entity_tokens(data), data["entity_tokens"])


def contradictions(data: Mapping[str, Any]) -> Iterator[str]:
    """What holds of all texts that hold out, and related entities of other than two tokens."""
    yield from refused(data)
    if data["text"]["related"] and data["word_size"] != 2:
        yield f"word_size: {data['word_size']} does not fit; related entities have 2 tokens"


def draw(seed: int, data: Mapping[str, Any]) -> Pairs:
    """The triples of one run. Seeds differ in the tokens and in what is held out."""
    count, size = data["pairs"], data["word_size"]
    tokens = draw_tokens(seed, RELATIONS, vocabulary_size(data))
    if data["text"]["related"]:
        triple = tokens[3 : 3 + count]
        x, y, z = (np.stack([np.full(count, kind), triple], axis=1) for kind in tokens[:3])
    else:
        x, y, z = tokens[: 3 * count * size].reshape(3, count, size)
    plain = np.zeros(count, dtype=np.int64)
    return Pairs(
        a=x,
        b=y,
        a_type=plain,
        answer=np.arange(count),
        relation=plain,
        inverse=plain,
        other=1,
        both_ways=np.zeros(count, dtype=bool),
        others=np.zeros((0, 2, size), dtype=np.int64),
        c=z,
        told=draw_told(seed, data),
    )


def write(pairs: Pairs) -> Sentences:
    """All first steps, all second steps, then one step of the triples that are told."""
    parts = {step: _subject(pairs, step, _triples(pairs, step)) for step in STEPS}
    return Sentences(
        tokens=np.concatenate([tell(part.given, part.relation, part.answer) for part in parts.values()]),
        pair=np.concatenate([part.pair for part in parts.values()]),
        told=np.repeat(list(parts), [len(part.pair) for part in parts.values()]),
    )


def every(pairs: Sequence[Pairs], data: Mapping[str, Any], asked: Form) -> Iterator[Query]:
    """What is told, then what is held out."""
    said = _stacked([_said(run) for run in pairs])
    if asked.masked:
        backward = said._replace(
            given=said.answer, answer=said.given, given_type=said.answer_type, answer_type=said.given_type
        )
        trained = np.full(said.pair.shape, "source" in asked.trained)
        yield opening("source", "same", backward, data, asked, trained)
    yield closing("target", "same", said, data, asked, np.full(said.pair.shape, "target" in asked.trained))
    first, second, one = (_stacked([_subject(run, step, np.flatnonzero(~run.told)) for run in pairs]) for step in STEPS)
    untrained = np.zeros(one.pair.shape, dtype=bool)
    yield closing("one_step", "same", one, data, asked, untrained)
    there = closing("step_by_step", "same", first, data, asked, untrained)
    yield closing("step_by_step", "same", second, data, asked, untrained)._replace(before=there)


def guesses(data: Mapping[str, Any], query: str) -> Guesses:
    """One of N entities; step by step, two guesses have to be right."""
    found = Guesses(vocabulary_size(data), data["pairs"])
    return Guesses(*(number**2 for number in found)) if query == "step_by_step" else found


def _triples(pairs: Pairs, step: str) -> np.ndarray:
    """The triples of which a sentence is told."""
    return np.flatnonzero(pairs.told) if step == "one_step" else np.arange(len(pairs.told))


def _subject(pairs: Pairs, step: str, triples: np.ndarray) -> Fact:
    """What a step of some triples of one run is about, without the axis of runs."""
    left, right = STEPS[step]
    alike = np.ones(len(triples), dtype=np.int64)
    return Fact(
        given=getattr(pairs, left)[triples],
        relation=alike * pairs.other if step == "one_step" else pairs.relation[triples],
        answer=getattr(pairs, right)[triples],
        given_type=alike * TYPES[left],
        answer_type=alike * TYPES[right],
        pair=triples,
    )


def _said(pairs: Pairs) -> Fact:
    """Every sentence of one run, numbered as in the table `sentences`."""
    parts = [_subject(pairs, step, _triples(pairs, step)) for step in STEPS]
    said = Fact(*(np.concatenate(fields) for fields in zip(*parts, strict=True)))
    return said._replace(pair=np.arange(len(said.pair)))


def _stacked(runs: Sequence[Fact]) -> Fact:
    return Fact(*(np.stack(fields) for fields in zip(*runs, strict=True)))
