"""Signed ALiBi: a head favours keys on one side, the next head those on the other."""

import torch

from reversal.models.position import Parameters, Position, offsets
from reversal.models.positions.alibi import slopes

SETTINGS: dict = {}


class Encoding(Position):
    """∓slope × (j − i) on the score of query i and key j, the sign alternating over the heads."""

    def bias(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor:
        side = 1.0 - 2.0 * (torch.arange(self.heads, device=positions.device) % 2).view(-1, 1, 1)
        return -side * slopes(self.heads, positions.device) * offsets(positions).unsqueeze(2)
