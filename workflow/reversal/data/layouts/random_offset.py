"""`… A R B …`: the sentence begins at a random position each time it is read."""

import numpy as np

from reversal.randomness import Draws

SETTINGS = {
    "max_offset": {
        "description": "Largest offset of a sentence, in token positions.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000,
        "default": 8,
    },
}
RELATION = True


def span(length: int, settings: dict) -> int:
    """Positions that a sentence of `length` tokens may reach."""
    return length + settings["max_offset"]


def positions(draws: Draws, sentences: int, length: int, word_size: int, settings: dict) -> np.ndarray:
    """Token positions, int64 (sentences, length), each sentence shifted as a whole."""
    offset = draws().integers(0, settings["max_offset"] + 1, size=(sentences, 1))
    return np.arange(length) + offset
