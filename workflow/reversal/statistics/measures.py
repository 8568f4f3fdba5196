"""What a measure's name says of it: which side is better, and between what it lies. Names are those of the data dictionary."""

import math

LOWER = ("nll", "steps", "rank", "seconds")
"""Endings of measures that are better when lower."""
RANGES = {
    "accuracy": (0, 1),
    "probability": (0, 1),
    "nll": (0, math.inf),
    "rank": (1, math.inf),
    "steps": (0, math.inf),
    "seconds": (0, math.inf),
    "echo": (0, 1),
    "mass_a": (0, 1),
    "mass_b": (0, 1),
    "weight_fwd": (0, 1),
    "weight_rev": (0, 1),
    "weight": (0, 1),
    "peak": (0, 1),
    "peak_inside": (0, 1),
    "peak_minus_initial": (0, 1),
    "peak_minus_final": (0, 1),
    "epsilon": (0, math.inf),
    "drift": (0, math.inf),
}
"""Ending of a measure's name → the least and the largest value that it can have; others can have any."""


def lower_is_better(measure: str) -> bool:
    """Is less of it better, as of a loss?"""
    return measure.endswith(LOWER)


def span(measure: str) -> tuple[float, float]:
    """The least and the largest value of a measure: its intervals end there."""
    return next((ends for ending, ends in RANGES.items() if measure.endswith(ending)), (-math.inf, math.inf))
