"""Which entities there are, which are paired, and how each pair is told.

Token ids: relations first (R, then its inverse, then S), then entities in an order that each seed shuffles;
token V is [M] and V + 1 begins a sequence, and no model ever answers those two. `draw` is for the text `facts`; other
texts have a draw of their own (`data/texts/`), and put into the same fields what they are made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reversal import registry
from reversal.data.geometry import vocabulary_size
from reversal.randomness import stream


@dataclass(frozen=True)
class Pairs:
    """The pairs of one run; N pairs, w tokens an entity."""

    a: np.ndarray
    """int64 (N, w): the entity told first."""
    b: np.ndarray
    """int64 (N, w): the entity told last."""
    a_type: np.ndarray
    """int64 (N,): 0 or 1, the vocabulary that A is from; B is from the other."""
    answer: np.ndarray
    """int64 (N,): the pair whose A counts as right in held-out queries."""
    relation: np.ndarray
    """int64 (N,): token of the relation from A to B, −1 where none is written."""
    inverse: np.ndarray
    """int64 (N,): token of the relation from B to A."""
    other: int
    """Token of the second relation S, −1 where there is none."""
    both_ways: np.ndarray
    """bool (N,): told backward too?"""
    others: np.ndarray
    """int64 (O, 2, w): the pairs of the second relation."""
    c: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """int64 (N, w): the entity that B leads to in a chain, from vocabulary 2; of no tokens in other texts."""
    told: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """bool (N,): told, or held out? The text `facts` tells every pair."""

    @property
    def vocabularies(self) -> int:
        """Vocabularies that entities are from."""
        return 3 if self.c.size else 2

    def words(self, kind: int) -> np.ndarray:
        """All entities of one vocabulary, (C, w), each once, in the order of their pairs."""
        if kind == 2:
            return self.c
        words = np.where((self.a_type == kind)[:, None], self.a, self.b)
        first = np.unique(words, axis=0, return_index=True)[1]
        return words[np.sort(first)]


def draw(seed: int, data: Mapping[str, Any]) -> Pairs:
    """The pairs of one run. Seeds differ in the vocabulary's order, the pairing and the directions."""
    count, size = data["pairs"], data["word_size"]
    left, right, others = _entities(seed, data)
    pairing = stream(seed, "pairing").permutation(count)
    right = right[pairing]
    swapped = _swapped(seed, data)
    forward, inverse, other = _relation_tokens(data)
    twice = np.zeros(count, dtype=bool)
    twice[stream(seed, "told").permutation(count)[: both_ways(data)]] = True
    permuted = data["labels"] == "permuted"
    return Pairs(
        a=np.where(swapped[:, None], right, left),
        b=np.where(swapped[:, None], left, right),
        a_type=swapped.astype(np.int64),
        answer=stream(seed, "labels").permutation(count) if permuted else np.arange(count),
        relation=np.where(swapped, inverse, forward),
        inverse=np.where(swapped, forward, inverse),
        other=other,
        both_ways=twice,
        others=others.reshape(-1, 2, size),
        c=np.zeros((count, 0), dtype=np.int64),
        told=np.ones(count, dtype=bool),
    )


def both_ways(data: Mapping[str, Any]) -> int:
    """Pairs that are told both ways."""
    return round(data["bidirectional_fraction"] * data["pairs"])


def relations(data: Mapping[str, Any]) -> int:
    """Relation tokens: R, its inverse where it has one, and S where it is told of other pairs."""
    if not registry.literals("data.layouts", data["layout"]["kind"])["RELATION"]:
        return 0
    return 1 + (data["relation"] == "inverse") + (data["other_pairs"] > 0)


def _entities(seed: int, data: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right entities (N, w) and those of the second relation (2·O, w), from disjoint vocabularies."""
    count, size = data["pairs"], data["word_size"]
    tokens = np.arange(relations(data), vocabulary_size(data))
    tokens = stream(seed, "vocabulary").permutation(tokens)
    needed = count * size
    left, right = tokens[:needed], tokens[needed : 2 * needed]
    last = tokens[len(tokens) - 2 * data["other_pairs"] * size :] if data["other_pairs"] else tokens[:0]
    return left.reshape(count, size), right.reshape(count, size), last.reshape(-1, size)


def _swapped(seed: int, data: Mapping[str, Any]) -> np.ndarray:
    """bool (N,): does the right entity come first? P1 tells each one-way pair in a random direction."""
    if data["direction"] == "forward":
        return np.zeros(data["pairs"], dtype=bool)
    return stream(seed, "direction").random(data["pairs"]) < 0.5


def _relation_tokens(data: Mapping[str, Any]) -> tuple[int, int, int]:
    """R, its inverse and S; −1 for what is not written."""
    if not relations(data):
        return -1, -1, -1
    inverse = int(data["relation"] == "inverse")
    return 0, inverse, 1 + inverse if data["other_pairs"] else -1
