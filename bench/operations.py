"""Floating-point operations of a training step, counted from a cell's settings.

Counted are the products with weights, where they are really computed. What tokens of a sentence do with one another is
left out: sentences have three tokens here, and a CPU attends so few by sums and no matrix product.
"""

from collections.abc import Mapping
from typing import Any

from reversal.data.geometry import vocabulary_size

THERE_AND_BACK = 3
"""A product's gradient is two of its size, one for the weights and one for what came in."""


def step(settings: Mapping[str, Any], read: int, asked: int) -> int:
    """Of one seed's step.

    Args:
        settings: of a cell whose model is a transformer with trained embeddings.
        read: tokens that enter the model.
        asked: places at which an answer is computed.
    """
    return THERE_AND_BACK * forward(settings, read, asked)


def forward(settings: Mapping[str, Any], read: int, asked: int) -> int:
    """Of one pass there. Behind the last attention go on only the places that are asked, as `transformer._read` says."""
    model = settings["model"]
    square = 2 * model["width"] ** 2
    before = 3 * square  # queries, keys, values
    behind = square + (2 * 4 * square if model["mlp"] else 0)
    narrow = asked if model["value_output"] == "shared" else read
    layers = read * before * model["layers"] + behind * (read * (model["layers"] - 1) + narrow)
    return layers + asked * 2 * model["width"] * vocabulary_size(settings["data"])
