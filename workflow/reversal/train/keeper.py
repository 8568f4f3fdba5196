"""When training state is saved: now and then, when the job is told to stop, and at the end of a long training."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reversal.errors import ReversalError, Stopped
from reversal.train import checkpoint
from reversal.train.checkpoint import Checkpoint
from reversal.train.interruption import Watch
from reversal.train.state import Point, Store

log = logging.getLogger(__name__)

SHARE = 0.02
"""At most this share of the time goes into saving: where one save takes long, the next waits longer."""
HELD = 1 << 30
"""Bytes of checkpoints after which they go to the disk before their time."""


@dataclass(frozen=True)
class Saving:
    """Where and how often training state is saved, and when the job is to stop."""

    states: Path
    """`results/<study>/.state`."""
    code: str
    """Digest of this code."""
    every: float
    """Seconds."""
    watch: Watch


class Keeper:
    """Holds a block's checkpoints in memory until they are worth a file, and saves points to go on from."""

    def __init__(self, store: Store, watch: Watch, every: float) -> None:
        """Start the clock.

        Args:
            store: where states lie.
            watch: says when to stop.
            every: seconds between two saves, or more where a save takes long (`SHARE`).
        """
        self.store = store
        self.watch = watch
        self.every = every
        self.next = time.monotonic() + every
        self.held: dict[tuple[int, int], Checkpoint] = {}
        self.saved = False
        self.refused = False

    def resumed(self, checkpoints: Sequence[int]) -> Point | None:
        """Where to go on, or None to begin; says so."""
        for line in self.store.strangers():
            log.warning("%s", line)
        point = self.store.newest(checkpoints)
        self.saved = point is not None
        return point

    def keep(self, chunk: int, number: int, made: Checkpoint) -> None:
        """Hold a checkpoint, off the device, where other chunks need the room."""
        parts = ({name: value.cpu() for name, value in part.items()} for part in (made.parameters, made.update))
        self.held[chunk, number] = Checkpoint(made.step, made.seeds, *parts)

    def between_steps(self, point: Callable[[], Point]) -> None:
        """Save if it is time to.

        Raises:
            Stopped: the job was told to stop; what it had is saved, or the message says why not.
        """
        reason = self.watch.reason()
        if reason:
            self._stop(reason, point())
        if time.monotonic() >= self.next or (_size(self.held) > HELD and not self.refused):
            self.save(point())

    def save(self, point: Point) -> bool:
        """Save a point and all checkpoints before it; a disk that refuses costs a line in the log, not the training."""
        began = time.monotonic()
        try:
            self.store.save(point, self.held)
        except ReversalError as error:
            log.warning("state not saved: %s", error)
            self.refused, self.next = True, time.monotonic() + self.every
            return False
        self.held.clear()
        self.saved, self.refused = True, False
        took = time.monotonic() - began
        self.next = time.monotonic() + max(self.every, took / SHARE)
        log.info("state saved before step %d (%.2f s): %s", point.step, took, self.store.folder)
        return True

    def checkpoints(self, chunks: int, number: int) -> list[Checkpoint]:
        """One checkpoint of every chunk, in the order of the seeds."""
        return [self._checkpoint(chunk, number) for chunk in range(chunks)]

    def _checkpoint(self, chunk: int, number: int) -> Checkpoint:
        held = self.held.get((chunk, number))
        return held or checkpoint.load(self.store.checkpoint(chunk, number))

    def _stop(self, reason: str, point: Point) -> None:
        if self.save(point):
            raise Stopped(
                f"stopped by {reason}; state saved before step {point.step} in {self.store.folder}; run it again to go on"
            )
        raise Stopped(
            f"stopped by {reason}; its state could not be saved (see above); run it again to go on from the one before"
        )


def _size(held: dict[tuple[int, int], Checkpoint]) -> int:
    parts = [part for made in held.values() for part in (made.parameters, made.update)]
    return sum(value.nbytes for part in parts for value in part.values())
