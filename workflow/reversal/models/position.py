"""What a position encoding may do: add to the embeddings, turn queries and keys, bias the scores.

Each file of `models/positions/` defines a subclass named `Encoding`; what it does not define, it does
not do. S seeds, B sentences, L tokens, H heads.
"""

from collections.abc import Mapping
from typing import Any

import torch

Parameters = dict[str, torch.Tensor]


class Position:
    """No position encoding; the base of all others."""

    def __init__(self, settings: Mapping[str, Any], width: int, heads: int) -> None:
        self.settings = settings
        self.width = width
        self.heads = heads
        self.head_width = width // heads

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        """Name → (shape, standard deviation at the start) of each trained parameter, without the seeds' axis."""
        return {}

    def added(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor | None:
        """What is added to the embeddings, (S, B, L, width), for positions (S, B, L)."""
        return None

    def turned(self, x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Queries or keys (S, B, L, H, head width) as they enter the score."""
        return x

    def bias(self, parameters: Parameters, positions: torch.Tensor) -> torch.Tensor | None:
        """What is added to the scores, (S, B, H, L, L) with the query's axis before the key's."""
        return None


def offsets(positions: torch.Tensor) -> torch.Tensor:
    """Key position minus query position, (S, B, L, L), for positions (S, B, L)."""
    return positions.unsqueeze(-2) - positions.unsqueeze(-1)


def rows_of(table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Rows of each seed's own table: table (S, T, d), index (S, …) → (S, …, d).

    One embedding look-up over all seeds; its gradient is summed in a fixed order whatever the number of
    threads, which plain indexing does not promise.
    """
    seeds, size, width = table.shape
    return torch.nn.functional.embedding(in_one_line(index, size), table.reshape(seeds * size, width))


def in_one_line(index: torch.Tensor, size: int) -> torch.Tensor:
    """Where the rows `index` (S, …) of each seed's table stand when the tables, of so many rows each, are one."""
    first = torch.arange(index.shape[0], device=index.device).mul(size)
    return index + first.view(-1, *[1] * (index.dim() - 1))
