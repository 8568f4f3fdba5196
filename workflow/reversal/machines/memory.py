"""How much memory a job asks for: what Python and its libraries take, and what large models hold on top."""

from collections.abc import Mapping
from typing import Any

from reversal.models.size import held_in_evaluation, held_in_training, parameters

BASE = 3000
"""MB of any job: interpreter, torch or its CUDA context, tables of a small model."""


def training(settings: Mapping[str, Any], seeds: int) -> int:
    """MB for a block of so many seeds.

    Where a GPU trains, the block's parameters and moments come to the host to be saved, 3 numbers a parameter, beside
    a checkpoint of 2; at the end each checkpoint is read in chunks and put together, 4. A CPU trains one large model
    at a time. Measured: 4.4 GB for one of P1's models on a CPU.
    """
    return _rounded(max(5 * parameters(settings) * seeds, held_in_training(settings)))


def evaluation(settings: Mapping[str, Any], facts: int) -> int:
    """MB for a block; large models are measured one seed at a time, 9.9 GB for one of P1's."""
    return _rounded(held_in_evaluation(settings, facts))


def _rounded(numbers: float) -> int:
    """Whole GB beyond the base, so that small models of any size ask for the same and share a job array."""
    return BASE + 1000 * int(4 * numbers / 1e9)
