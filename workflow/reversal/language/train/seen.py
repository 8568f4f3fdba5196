"""What a model is shown of a batch: tokens, where they stand, and which of them are of one text."""

from typing import NamedTuple

import torch

from reversal.device import tensor
from reversal.language.train.batch import Batch


class Seen(NamedTuple):
    """R rows of W tokens on a device."""

    tokens: torch.Tensor
    """int64 (R, W)."""
    positions: torch.Tensor
    """int64 (R, W)."""
    same: torch.Tensor
    """bool (R, 1, W, W): are query and key of one text?"""
    distance: torch.Tensor
    """int64 (R, 1, W, W): how many positions the key stands before the query."""


def seen(batch: Batch, device: torch.device) -> Seen:
    """The batch on a device."""
    tokens, positions, texts = (tensor(part, device) for part in (batch.tokens, batch.positions, batch.texts))
    same, distance = (
        outer(part[:, None, :, None], part[:, None, None, :])
        for outer, part in ((torch.eq, texts), (torch.sub, positions))
    )
    return Seen(tokens, positions, same, distance)
