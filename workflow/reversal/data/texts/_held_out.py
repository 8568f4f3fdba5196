"""What the texts have in common that tell a share of what they could and hold the others out."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from reversal import registry
from reversal.randomness import stream

OF_FACTS = {
    "other_pairs": 0,
    "relation": "symmetric",
    "direction": "forward",
    "bidirectional_fraction": 0,
    "labels": "kept",
}
"""Settings that only `facts` know, and what they say elsewhere: their defaults."""


def refused(data: Mapping[str, Any]) -> Iterator[str]:
    """Settings of facts, a layout without relations, and a share that tells all or nothing."""
    kind, layout = data["text"]["kind"], data["layout"]["kind"]
    for key, plain in OF_FACTS.items():
        if data[key] != plain:
            yield f"{key}: {data[key]!r} means something in text facts only, and this is {kind}; set {plain!r}"
    if not registry.literals("data.layouts", layout)["RELATION"]:
        yield f"layout.kind: '{layout}' writes no relation, and text {kind} has several; take with_relation"
    if not 0 < told(data) < data["pairs"]:
        yield (
            f"text.told: {data['text']['told']} of {data['pairs']} pairs is {told(data)}; "
            "at least one must be told and one held out"
        )


def told(data: Mapping[str, Any]) -> int:
    """How many of the pairs are told; the others are held out."""
    return round(data["text"]["told"] * data["pairs"])


def draw_told(seed: int, data: Mapping[str, Any]) -> np.ndarray:
    """bool (N,): which."""
    drawn = np.zeros(data["pairs"], dtype=bool)
    drawn[stream(seed, "told").permutation(data["pairs"])[: told(data)]] = True
    return drawn


def draw_tokens(seed: int, relations: int, vocabulary: int) -> np.ndarray:
    """Tokens of entities, behind those of relations, in an order of the seed's own."""
    return stream(seed, "vocabulary").permutation(np.arange(relations, vocabulary))
