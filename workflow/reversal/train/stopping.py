"""Early stop: once a run has learnt what it trains, it takes so many steps more and then none."""

import numpy as np
import torch

from reversal.criterion import learnt

NOT_YET = -1


class Stopping:
    """When each seed of a chunk has learnt, seed by seed: a run stops where it would alone."""

    def __init__(self, seeds: int, after: int | None) -> None:
        """Nothing has been learnt.

        Args:
            seeds: S, of the chunk.
            after: steps from the first row of the history in which every trained query is learnt; None never stops.
        """
        self.after = after
        self.learnt_at = np.full(seeds, NOT_YET, dtype=np.int64)

    def hear(self, step: int, accuracies: np.ndarray) -> None:
        """Take note of a row of the history: the accuracy of each trained query, (Q, S)."""
        there = learnt(accuracies).all(0)
        self.learnt_at[there & (self.learnt_at == NOT_YET)] = step

    def stopped(self, step: int) -> np.ndarray:
        """Does each seed take no step here any more? Bool (S,)."""
        if self.after is None:
            return np.zeros(len(self.learnt_at), dtype=bool)
        return (self.learnt_at != NOT_YET) & (step >= self.learnt_at + self.after)

    def tensors(self) -> dict[str, torch.Tensor]:
        """What it carries from one step to the next, by name; written to, it goes on from there."""
        return {"learnt_at": torch.from_numpy(self.learnt_at)}
