"""The bilinear model of P1, section 3: the logit of y after x is xᵀΘy, the embeddings are fixed and only Θ learns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from reversal.models.model import normal
from reversal.models.position import Parameters, rows_of
from reversal.randomness import stream

FAMILY = "bilinear"
SHAPES = {"embedding": ["tokens", "width"], "theta": ["width", "width"]}
SETTINGS = {
    "width": {
        "description": "Embedding width d.",
        "type": "integer",
        "minimum": 1,
        "maximum": 100000,
        "default": 128,
    },
    "embedding": {
        "description": "Fixed embeddings: independent N(0, 1/d) coordinates, or orthonormal vectors.",
        "enum": ["gaussian", "orthonormal"],
        "default": "gaussian",
    },
    "initial_scale": {
        "description": "Standard deviation of the entries of Θ at the start.",
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "default": 0.0,
    },
}


class Architecture:
    """Reads one token and scores the next; what stands before is not seen."""

    frozen = frozenset({"embedding"})
    reach = 0

    def __init__(self, settings: Mapping[str, Any], vocabulary: int, length: int) -> None:
        self.settings = settings
        self.vocabulary = vocabulary

    def initial(self, seeds: Sequence[int]) -> Parameters:
        width = self.settings["width"]
        if self.settings["embedding"] == "orthonormal":
            embedding = torch.stack([_orthonormal(seed, self.vocabulary, width) for seed in seeds])
        else:
            embedding = normal(seeds, "embedding", (self.vocabulary, width), width**-0.5)
        return {
            "embedding": embedding,
            "theta": normal(seeds, "theta", (width, width), self.settings["initial_scale"]),
        }

    def logits(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        asked = self.embedded(parameters, tokens.flatten(1).gather(1, rows))
        return asked @ parameters["theta"] @ parameters["embedding"].transpose(1, 2)

    def embedded(self, parameters: Parameters, tokens: torch.Tensor) -> torch.Tensor:
        return rows_of(parameters["embedding"], tokens)

    def group(self, name: str) -> str:
        return name


def _orthonormal(seed: int, vocabulary: int, width: int) -> torch.Tensor:
    draws = stream(seed, "parameter", "embedding").standard_normal((width, vocabulary))
    return torch.from_numpy(np.linalg.qr(draws)[0].T.astype(np.float32).copy())
