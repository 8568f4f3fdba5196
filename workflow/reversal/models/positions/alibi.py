"""Symmetric ALiBi: scores fall with the distance, whichever side the key is on (after Press et al. 2022, section 3)."""

import torch

from reversal.models.position import Parameters, Position, offsets

SETTINGS: dict = {}


def slopes(heads: int, device: torch.device) -> torch.Tensor:
    """The slope of each head, 2^(−8h / H) for h = 1 … H, shaped (H, 1, 1)."""
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1, device=device) / heads).view(-1, 1, 1)


class Encoding(Position):
    """−slope × |j − i| on the score of query i and key j."""

    def bias(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor:
        return -slopes(self.heads, positions.device) * offsets(positions).abs().unsqueeze(2)
