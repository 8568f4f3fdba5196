"""Learned absolute positions, added to the embeddings (GPT-2)."""

import torch

from reversal.models.position import Parameters, Position, rows_of

SETTINGS = {
    "scale": {
        "description": "Standard deviation at the start, over that of the token embeddings.",
        "type": "number",
        "minimum": 0,
        "maximum": 1000,
        "default": 1.0,
    },
    "length": {
        "description": "Positions in the table.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000,
        "default": 32,
    },
}


class Encoding(Position):
    """A trained vector a position."""

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        return {"position": ((self.settings["length"], self.width), self.settings["scale"] * self.width**-0.5)}

    def added(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor:
        return rows_of(parameters["position"], positions)
