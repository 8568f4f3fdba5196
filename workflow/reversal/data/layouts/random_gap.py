"""`A … R B`: a random gap after the first entity each time a sentence is read.

The relation stays beside the second entity, so that the distance between the entities varies and
nothing else does.
"""

import numpy as np

from reversal.randomness import Draws

SETTINGS = {
    "max_gap": {
        "description": "Largest gap after the first entity, in token positions.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000,
        "default": 6,
    },
}
RELATION = True


def span(length: int, settings: dict) -> int:
    """Positions that a sentence of `length` tokens may reach."""
    return length + settings["max_gap"]


def positions(draws: Draws, sentences: int, length: int, word_size: int, settings: dict) -> np.ndarray:
    """Token positions, int64 (sentences, length), all but the first entity shifted."""
    gap = draws().integers(0, settings["max_gap"] + 1, size=(sentences, 1))
    return np.arange(length) + gap * (np.arange(length) >= word_size)
