"""Masked language modelling at a fixed rate: every hidden token weighs the same (Devlin et al. 2019, section 3.1).

Each unit is hidden with the same probability, given that one is: texts are short, and masks that hide nothing are never
drawn. All that is hidden is read as [M].
"""

import functools
from typing import Any

import numpy as np

from reversal.language.train.masking import of_size, spread
from reversal.language.train.sequences import Sequences
from reversal.train.objectives.mlm import sizes as binomial

FAMILY = "MLM"
TRAINED = ["source", "target"]
ATTENTION = ["bidirectional"]
SETTINGS = {
    "rate": {
        "description": "Share of a text's units (tokens, or whole entities) that are hidden.",
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.3,
    },
    "whole_entities": {
        "description": "Are all tokens of an entity hidden together, never some of them alone?",
        "type": "boolean",
        "default": False,
    },
}


def weights(text: Sequences, draw: np.random.Generator, settings: dict[str, Any]) -> np.ndarray:
    """Of each token's −log p, (B, L); 0 where it is not asked. Over all hidden tokens they sum to 1 in expectation."""
    counts, lengths = text.counts(), text.lengths()
    quantiles, sizes, hidden = spread(draw, len(counts)), np.ones_like(counts), np.ones(len(counts))
    for count in np.unique(counts):
        same, up_to = counts == count, _cumulated(settings["rate"], int(count))
        sizes[same] = 1 + np.searchsorted(up_to[:-1], quantiles[same], side="right")
        hidden[same] = (1 - up_to[:-1]).sum() + 1
    return of_size(draw, text.units, counts, sizes) / (lengths * hidden / counts).sum()


@functools.cache
def _cumulated(rate: float, count: int) -> np.ndarray:
    """Probability of hiding at most 1 … m of m units, (m,)."""
    return np.cumsum(binomial(rate, count))
