"""What every architecture offers, and how its parameters begin.

Parameters are a plain dict of tensors whose leading axis is the seeds: (S, …). Nothing mixes that axis, so
a seed's numbers do not depend on which others are stacked beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from reversal import registry
from reversal.data.query import Query
from reversal.device import tensor
from reversal.models.position import Parameters, in_one_line
from reversal.randomness import stream


class Model(Protocol):
    """An architecture with its settings; it holds no parameters itself."""

    frozen: frozenset[str]
    """Parameters that are not trained."""

    reach: int | None
    """Positions that the model can tell apart; 0 where it sees none, None where there is no end."""

    def initial(self, seeds: Sequence[int]) -> Parameters:
        """Parameters before any training, (S, …), each a function of its seed and its own name alone."""

    def logits(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        """Scores of the V tokens, (S, M, V), at the places `rows` (S, M) of tokens and positions (S, B, L).

        A place counts through the flattened sentences: sentence × L + slot.
        """

    def embedded(self, parameters: Parameters, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors that the model reads for tokens (S, …), before positions: (S, …, d)."""

    def group(self, name: str) -> str:
        """The part of the model that a parameter belongs to, as the gradient tables call it."""


def build(settings: Mapping[str, Any], vocabulary: int, length: int) -> Model:
    """The model of a cell: `vocabulary` = V answerable tokens, `length` = positions that its inputs may take."""
    architecture = registry.load("models.architectures", settings["kind"])
    return architecture.Architecture(settings, vocabulary, length)


def normal(seeds: Sequence[int], name: str, shape: tuple[int, ...], deviation: float) -> torch.Tensor:
    """Normal draws, float32 (S, *shape): the stream of each seed and parameter name."""
    draws = [stream(seed, "parameter", name).standard_normal(shape, dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(draws)) * deviation


def asked(model: Model, parameters: Parameters, query: Query, device: torch.device) -> torch.Tensor:
    """Scores of the V tokens at every answer place of a query, (S, N, w, V)."""
    tokens, positions, rows = (tensor(part, device) for part in (query.tokens, query.positions, query.rows))
    return model.logits(parameters, tokens, positions, rows).unflatten(1, query.answers.shape[1:])


def take(hidden: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The places `rows` (S, M) of hidden states (S, N, d), as (S, M, d)."""
    places = in_one_line(rows, hidden.shape[1]).flatten()
    return hidden.flatten(0, 1).index_select(0, places).unflatten(0, rows.shape)
