"""Next-token prediction: on the last entity alone (P1), or on the whole sequence after a beginning token.

With the loss on the last entity, A is never an answer; the whole sequence is the matched comparison to
objectives that ask every token (SCIENCE, "Factors").
"""

from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text

FAMILY = "ARM"
TRAINED = ["target"]
ATTENTION = ["causal"]
FOLLOWS = True
BEGINS = {"loss": "whole"}
SETTINGS = {
    "loss": {
        "description": "Tokens that carry loss.",
        "enum": ["last_entity", "whole"],
        "default": "whole",
    },
}


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step; nothing in it is random."""
    begun = begin(text) if settings["loss"] == "whole" else text
    seeds, sentences, length = begun.tokens.shape
    asked = length - 1 if settings["loss"] == "whole" else text.word_size
    slots = np.arange(length - 1 - asked, length - 1)
    rows = (np.arange(sentences)[:, None] * (length - 1) + slots).ravel()
    targets = begun.tokens[:, :, slots + 1].reshape(seeds, -1)
    weights = np.full(targets.shape, 1 / (sentences * asked), dtype=np.float32)
    return Batch(begun.tokens[:, :, :-1], begun.positions[:, :, :-1], np.tile(rows, (seeds, 1)), targets, weights)


def begin(text: Text) -> Text:
    """The sentences behind a beginning token at position 0, everything else one position later."""
    start = np.full((*text.tokens.shape[:2], 1), text.vocabulary + 1)
    tokens = np.concatenate([start, text.tokens], axis=-1)
    positions = np.concatenate([np.zeros_like(start), text.positions + 1], axis=-1)
    return text._replace(tokens=tokens, positions=positions)
