"""Masked language modelling at a fixed rate: every hidden token weighs the same (Devlin et al. 2019, section 3.1).

Sentences are short, so masks that hide nothing are never drawn.
"""

from math import comb
from typing import Any

import numpy as np

from reversal.train.batch import Batch, Text, masked
from reversal.train.masking import of_size, stratified

FAMILY = "MLM"
TRAINED = ["source", "target"]
ATTENTION = ["bidirectional", "causal"]
DEALS: dict = {}
SETTINGS = {
    "rate": {
        "description": "Share of the tokens that are hidden.",
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.3,
    },
}


def sizes(rate: float, length: int) -> np.ndarray:
    """Probability of hiding 1 … L tokens: binomial, given at least one."""
    size = np.arange(1, length + 1)
    binomial = np.array([comb(length, k) for k in size]) * rate**size * (1 - rate) ** (length - size)
    return binomial / binomial.sum()


def batch(text: Text, draws: list[np.random.Generator], settings: dict[str, Any]) -> Batch:
    """The batch of one step."""
    sentences, length = text.tokens.shape[1:]
    probabilities = sizes(settings["rate"], length)
    size, importance = stratified(draws, probabilities, sentences)
    hidden = float(probabilities @ np.arange(1, length + 1)) * sentences
    return masked(text, of_size(draws, size, length), (importance / hidden)[..., None])
