"""One quantity, measured some times over, or why it was not."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What was measured."""

    quantity: str
    unit: str
    values: Sequence[float]
    """One a run."""
    aim: float | None = None
    """What it should stay under, where something was promised."""
    at_least: float | None = None
    """What it should reach, where something was promised."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


@dataclass(frozen=True)
class Skipped:
    """What was not measured."""

    quantity: str
    reason: str
