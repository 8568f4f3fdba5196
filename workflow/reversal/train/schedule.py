"""The learning rate over training, and which sentences a step reads. Both depend on the step alone, so training can resume."""

import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reversal.randomness import stream


def learning_rate(step: int, optimisation: Mapping[str, Any]) -> float:
    """Linear warm-up to the peak, then a cosine down to `final` of it at the last step."""
    peak, steps, final = (optimisation[name] for name in ("learning_rate", "steps", "final"))
    rising = round(optimisation["warmup"] * steps)
    if step < rising:
        return peak * (step + 1) / rising
    falling = (step - rising) / max(steps - 1 - rising, 1)
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * min(falling, 1.0))) / 2)


def chosen(seed: int, step: int, sentences: int, batch: int) -> np.ndarray:
    """Numbers of the sentences that a step reads, (batch,): each once an epoch, in the epoch's own order; 0 reads all."""
    if batch in (0, sentences):
        return np.arange(sentences)
    first, start = divmod(step * batch, sentences)
    last = (start + batch - 1) // sentences
    epochs = [_order(seed, first + later, sentences) for later in range(last + 1)]
    return np.concatenate(epochs)[start : start + batch]


@functools.lru_cache(maxsize=256)
def _order(seed: int, epoch: int, sentences: int) -> np.ndarray:
    return stream(seed, "epoch", epoch).permutation(sentences)
