"""Random masks of texts of unequal length: how many units of each are hidden, then which.

A unit is a token, or an entity whose tokens are hidden together. The sizes are spread evenly over a batch: of B texts
each falls on another B-th of its distribution, which leaves every text's own distribution alone and takes out most of
the noise (SCIENCE, "MDM loss"; `train/masking.py` for texts that are all as long).
"""

import numpy as np

from reversal.language.train.sequences import NEVER


def spread(draw: np.random.Generator, texts: int) -> np.ndarray:
    """A uniform number in [0, 1) for each text, (B,), one in every B-th of it."""
    return np.minimum((draw.permutation(texts) + draw.random(texts)) / texts, np.nextafter(1, 0))


def of_size(draw: np.random.Generator, units: np.ndarray, counts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Masks bool (B, L): for each text all tokens of a uniformly drawn set of so many units.

    Args:
        draw: the run's generator.
        units: (B, L), −1 where a token is never hidden.
        counts: of each text's units, (B,).
        sizes: how many of them, (B,).
    """
    noise = draw.random((len(units), counts.max()))
    noise[np.arange(counts.max()) >= counts[:, None]] = 1  # above every number drawn: last in the order
    drawn = noise.argsort(-1).argsort(-1) < sizes[:, None]
    return np.take_along_axis(drawn, np.maximum(units, 0), 1) & (units != NEVER)
