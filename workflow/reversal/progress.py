"""How a long job says that it lives: plain lines in its log, a bar when a person runs it on a terminal."""

import logging
import sys
import time

from rich.progress import Progress

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two heartbeat lines."""


class Heartbeat:
    """Step, what is going on, and the time left."""

    def __init__(self, name: str, steps: int, first: int = 0) -> None:
        self.name = name
        self.steps = steps
        self.first = first
        self.last = -1
        self.began = self.said = time.monotonic()
        self.bar = Progress(transient=True) if sys.stderr.isatty() else None
        if self.bar:
            self.bar.start()
            self.task = self.bar.add_task(name, total=steps, completed=first)

    def beat(self, step: int, message: str) -> None:
        """Say so if a while has passed since the last line, or at the end."""
        now = time.monotonic()
        if self.bar:
            self.bar.update(self.task, completed=step)
            if step >= self.steps:
                self.bar.stop()
        if step == self.last or (step < self.steps and now - self.said < EVERY):
            return
        left = (now - self.began) * (self.steps - step) / max(step - self.first, 1)
        log.info("%s: step %d of %d, %s, about %.0f s left", self.name, step, self.steps, message, left)
        self.said, self.last = now, step
