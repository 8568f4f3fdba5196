"""T5's relative bias: a trained number for each head and bucket of distances (Raffel et al. 2020, section 2.1)."""

import math

import torch

from reversal.models.position import Parameters, Position, offsets, rows_of

SETTINGS = {
    "buckets": {
        "description": "Buckets of distances, half of them for each side.",
        "type": "integer",
        "minimum": 4,
        "maximum": 4096,
        "default": 32,
    },
    "furthest": {
        "description": "Distance in token positions from which all share a bucket.",
        "type": "integer",
        "minimum": 4,
        "maximum": 1000000,
        "default": 128,
    },
}


def bucket(offset: torch.Tensor, buckets: int, furthest: int) -> torch.Tensor:
    """The bucket of each offset: one a distance while near, then logarithmic up to `furthest`, a half for each sign."""
    side = buckets // 2
    near = side // 2
    distance = offset.abs()
    steps = (distance.clamp(min=1) / near).log() / math.log(max(furthest / near, 1.001)) * (side - near)
    far = (near + steps.long()).clamp(max=side - 1)
    return torch.where(distance < near, distance, far) + side * (offset > 0)


class Encoding(Position):
    """The bucket's number added to the score; all start at 0."""

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        return {"position": ((self.settings["buckets"], self.heads), 0.0)}

    def bias(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor:
        index = bucket(offsets(positions), self.settings["buckets"], self.settings["furthest"])
        return rows_of(parameters["position"], index).permute(0, 1, 4, 2, 3)
