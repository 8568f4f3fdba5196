"""The training text: every fact in every template that tells it, a passage each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from reversal.language.corpus.designs import Frames
from reversal.language.corpus.fact import Row
from reversal.language.corpus.template import fill


class Passage(NamedTuple):
    """A row of the table `passages`, but for seed and number."""

    fact: int
    direction: str
    template: int
    text: str
    a_start: int
    a_end: int
    b_start: int
    b_end: int


def tell(facts: Sequence[Row], frames: Mapping[str, Frames], both_ways: np.ndarray) -> Iterator[Passage]:
    """Every fact forward, and those told both ways in reverse."""
    for number, fact in enumerate(facts):
        for direction in ("forward", "reverse") if both_ways[number] else ("forward",):
            for place, template in enumerate(getattr(frames[fact.relation], direction)):
                told = fill(template, fact.head, fact.tail)
                yield Passage(number, direction, place, told.text, *told.a, *told.b)
