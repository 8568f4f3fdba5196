"""Whole sentences, several a relation; some facts are told both ways, so that reverse frames are seen, the rest forward."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reversal.language.corpus.designs import Frames
from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation
from reversal.randomness import stream

SETTINGS = {
    "told_both_ways": {
        "description": "Share of each relation's facts that are told in the reverse templates too, drawn by the seed.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
    },
}


def frames(relation: Relation) -> Frames:
    """The relation's own templates."""
    return Frames(relation.forward, relation.reverse)


def both_ways(facts: Sequence[Row], design: Mapping[str, Any], seed: int) -> np.ndarray:
    """The same share of every relation, to the nearest fact; what a smaller share has, a larger one has too."""
    drawn = np.zeros(len(facts), dtype=bool)
    names = np.array([fact.relation for fact in facts])
    for name in dict.fromkeys(names.tolist()):
        own = np.flatnonzero(names == name)
        order = stream(seed, "told both ways", name).permutation(own)
        drawn[order[: round(design["told_both_ways"] * len(own))]] = True
    return drawn
