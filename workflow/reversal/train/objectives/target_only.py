"""Only the last entity is ever hidden, so only `target` is trained and A is never an answer."""

from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text, masked, places

FAMILY = "target-only"
TRAINED = ["target"]
ATTENTION = ["bidirectional", "causal"]
SETTINGS: dict = {}


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step; nothing in it is random."""
    sentences, length = text.tokens.shape[1:]
    weight = np.full((1, 1, 1), 1 / (sentences * text.word_size))
    return masked(text, places(text, range(length - text.word_size, length)), weight)
