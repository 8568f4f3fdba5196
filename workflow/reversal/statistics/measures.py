"""What a measure's name says of it: which side is better, and between what it lies. Names are those of the data dictionary."""

import math

LOWER = ("nll", "steps", "rank", "seconds")
"""Endings of measures that are better when lower."""
CORRECT = 1.5
"""Mid-ranks below this are a first place of one's own."""
SHARE, CORRELATION, DIFFERENCE, POSITIVE = (0, 1), (-1, 1), (-2, 2), (0, math.inf)
RANGES = {
    # answers and how soon they are learnt
    "accuracy": SHARE,
    "exact": SHARE,
    "probability": SHARE,
    "nll": POSITIVE,
    "rank": (1, math.inf),
    "steps": POSITIVE,
    "seconds": POSITIVE,
    "echo": SHARE,
    "mass_a": SHARE,
    "mass_b": SHARE,
    # correlations of scores, what they are held against, and correlations over cells
    "pearson": CORRELATION,
    "r": CORRELATION,
    "spearman": CORRELATION,
    "partial": CORRELATION,
    "increment": CORRELATION,
    "r_initial": CORRELATION,
    "r_trained": CORRELATION,
    "identical": CORRELATION,
    "expected": CORRELATION,
    "isotropic": CORRELATION,
    "conditional": CORRELATION,
    "excess_isotropic": DIFFERENCE,
    "excess_conditional": DIFFERENCE,
    "trained_minus_initial": DIFFERENCE,
    "minus_wrong": DIFFERENCE,
    # cosines of gradients and of embeddings
    "cosine": CORRELATION,
    "cosine_initial": CORRELATION,
    "cosine_fitting": CORRELATION,
    "matched": CORRELATION,
    "mismatched": CORRELATION,
    "matched_minus_mismatched": DIFFERENCE,
    "own": CORRELATION,
    "others": CORRELATION,
    "own_minus_others": DIFFERENCE,
    # attention
    "weight_fwd": SHARE,
    "weight_rev": SHARE,
    "weight": SHARE,
    "initial": SHARE,
    "peak": SHARE,
    "final": SHARE,
    "peak_inside": SHARE,
    "peak_minus_initial": SHARE,
    "peak_minus_final": SHARE,
    "peak_step": POSITIVE,
    # training dynamics
    "loss_forward": POSITIVE,
    "loss_reverse": POSITIVE,
    "ratio_forward": POSITIVE,
    "ratio_reverse": POSITIVE,
    "bound": POSITIVE,
    "epsilon": POSITIVE,
    "drift": POSITIVE,
}
"""The last words of a measure's name → the least and the largest value that it can have; others can have any."""


def lower_is_better(measure: str) -> bool:
    """Is less of it better, as of a loss?"""
    return measure.endswith(LOWER)


def span(measure: str) -> tuple[float, float]:
    """The least and the largest value of a measure, by the longest of the endings that its name has: its intervals end there."""
    words = measure.split("_")
    endings = ("_".join(words[start:]) for start in range(len(words)))
    return next((RANGES[ending] for ending in endings if ending in RANGES), (-math.inf, math.inf))
