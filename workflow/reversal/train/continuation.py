"""A training taken to its end, from where an earlier job left off."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from reversal.progress import Heartbeat
from reversal.train.checkpoint import Checkpoint
from reversal.train.history import History, Moment
from reversal.train.keeper import Keeper
from reversal.train.state import Point

log = logging.getLogger(__name__)


class Ongoing(Protocol):
    """A model in training; trainers inherit what all of them do alike."""

    step: int
    """To be taken next."""
    steps: int
    """Of the whole training."""
    began: float
    """On the monotonic clock, less the seconds that earlier jobs have trained."""

    @property
    def finished(self) -> bool:
        """True when the last checkpoint, and the update from there, have been made."""
        return self.step > self.steps

    @property
    def seconds(self) -> float:
        """Time trained so far, over all jobs that had a part in it."""
        return time.monotonic() - self.began

    def advance(self, report: Callable[[Moment], None]) -> Checkpoint | None:
        """Take one step; its row of the history goes to `report`, its checkpoint is returned."""

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next step works on, by name."""

    def restore(self, step: int, seconds: float, tensors: dict[str, torch.Tensor]) -> None:
        """Go on before `step` with what `tensors` gave there, after so many seconds of training."""


def finish(
    trainer: Ongoing,
    seeds: tuple[int, ...],
    checkpoints: Sequence[int],
    chunk: int,
    size: int,
    start: Point | None,
    keeper: Keeper,
    history: History,
) -> None:
    """Train one chunk of so many of a block's seeds to its end.

    Args:
        trainer: as it is before the first step.
        seeds: of the chunk.
        checkpoints: the steps that are kept, ascending.
        chunk: its place in the block.
        size: seeds a chunk.
        start: where to go on; None begins.
        keeper: gets the checkpoints, and saves.
        history: gets the rows.

    Raises:
        Stopped: the job was told to stop; what it had is saved.
    """
    name = f"seeds {seeds[0]}–{seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
    if start:
        trainer.restore(start.step, start.seconds, start.tensors)
        log.info("%s: resuming at step %d of %d", name, min(trainer.step, trainer.steps), trainer.steps)
    beat = Heartbeat(name, trainer.steps, trainer.step)

    def report(moment: Moment) -> None:
        history.append((seeds, moment))
        beat.beat(
            moment.step, f"{moment.query} −log p {moment.nll.mean():.4f}, accuracy {moment.accuracy.min():.2f} at worst"
        )

    def point() -> Point:
        return Point(chunk, size, trainer.step, trainer.seconds, trainer.tensors(), history)

    while not trainer.finished:
        made = trainer.advance(report)
        if made:
            keeper.keep(chunk, checkpoints.index(made.step), made)
        keeper.between_steps(point)
    if keeper.saved:  # a training so long is not to be lost between its last step and its outputs
        keeper.save(point())
