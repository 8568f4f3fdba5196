"""Fixed sinusoidal positions, added to the embeddings (Vaswani et al. 2017, section 3.5)."""

import torch

from reversal.models.position import Parameters, Position

SETTINGS = {
    "base": {
        "description": "Base of the wavelengths, in token positions.",
        "type": "number",
        "exclusiveMinimum": 1,
        "maximum": 1000000000,
        "default": 10000,
    },
}


class Encoding(Position):
    """sin and cos of the position at wavelengths from 2π to base·2π, scaled to the length of a token embedding."""

    def added(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor:
        half = torch.arange(0, self.width, 2, device=positions.device, dtype=torch.float32)
        angles = positions.unsqueeze(-1) * self.settings["base"] ** (-half / self.width)
        waves = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)[..., : self.width]
        return waves * (2 / self.width) ** 0.5
