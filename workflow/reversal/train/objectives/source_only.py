"""Only the first entity is ever hidden, so only `source` is trained."""

from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text, masked, places

FAMILY = "source-only"
TRAINED = ["source"]
ATTENTION = ["bidirectional"]
SETTINGS: dict = {}


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step; nothing in it is random."""
    sentences = text.tokens.shape[1]
    weight = np.full((1, 1, 1), 1 / (sentences * text.word_size))
    return masked(text, places(text, range(0, text.word_size)), weight)
