"""When a job should save what it has and stop: a signal, or the end of its time."""

import signal
import time
from types import FrameType

ENFORCED = "REVERSAL_RUNTIME_ENFORCED"
"""Set where a scheduler kills a job at the end of its runtime; elsewhere a job may take longer than was guessed."""
SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
"""What schedulers send before they kill, what they can be told to send, and Ctrl-C."""
MARGIN = 120.0
"""Seconds before the end of a job's time at which it stops by itself, or half of its time where that is shorter."""


class Watch:
    """Hears the signals, and knows the end of the job's time."""

    def __init__(self, minutes: float | None = None) -> None:
        """Start the clock.

        Args:
            minutes: the job's time, counted from now; None where nobody enforces it.
        """
        self.heard: str | None = None
        self.minutes = minutes
        self.end = None if minutes is None else time.monotonic() + 60 * minutes - min(MARGIN, 30 * minutes)

    def listen(self) -> None:
        """Take the signals from now on; the second of a kind does what it always did."""
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = signal.Signals(number).name
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    def reason(self) -> str | None:
        """Why to stop now, or None."""
        if self.heard is None and self.end is not None and time.monotonic() > self.end:
            return f"the approaching end of its runtime ({self.minutes:g} min)"
        return self.heard
