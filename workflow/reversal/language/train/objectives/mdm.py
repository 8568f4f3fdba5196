"""Masked diffusion: any share of a text's units is hidden, and each hidden token is asked (Sahoo et al. 2024; P2).

The loss of a text of n tokens is ∫₀¹ Σ_hidden −log p / t dt / n. The number k of its m units that are hidden is then
uniform on 1 … m, and the weight 1/t becomes m/k. A batch takes the mean over its texts.
"""

from typing import Any

import numpy as np

from reversal.language.train.masking import of_size, spread
from reversal.language.train.sequences import Sequences

FAMILY = "MDM"
TRAINED = ["source", "target"]
ATTENTION = ["bidirectional"]
SETTINGS = {
    "whole_entities": {
        "description": "Are all tokens of an entity hidden together, never some of them alone?",
        "type": "boolean",
        "default": False,
    },
}


def weights(text: Sequences, draw: np.random.Generator, settings: dict[str, Any]) -> np.ndarray:
    """Of each token's −log p, (B, L); 0 where it is not asked."""
    counts, lengths = text.counts(), text.lengths()
    sizes = 1 + (spread(draw, len(counts)) * counts).astype(np.int64)
    weight = counts / (sizes * lengths * len(counts))
    return weight[:, None] * of_size(draw, text.units, counts, sizes)
