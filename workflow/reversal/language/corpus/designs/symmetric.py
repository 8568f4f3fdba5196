"""Every relation in one frame, `A - B`, told forward only: asked backward, `B - A`, the distance is the same.

The frame does not say which relation it is, so there is no wrong one to ask in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reversal.language.corpus.designs import Frames
from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation

SETTINGS: dict = {}


def frames(relation: Relation) -> Frames:
    """The same for every relation."""
    return Frames(("{A} - {B}",), ("{B} - {A}",))


def both_ways(facts: Sequence[Row], design: Mapping[str, Any], seed: int) -> np.ndarray:
    """None of them."""
    return np.zeros(len(facts), dtype=bool)
