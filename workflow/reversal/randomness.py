"""Named random streams: what a draw is for, and whose seed it belongs to, decide it; nothing else.

A stream depends on the master seed and on the words that name it, so a run gives the same numbers
alone, in a block, on another device or resumed in the middle.
"""

import zlib
from collections.abc import Callable

import numpy as np

Draws = Callable[[], np.random.Generator]
"""Makes a generator for whoever draws at all: to make one costs more than to place a sentence that does not move."""


def stream(seed: int, *words: str | int) -> np.random.Generator:
    """The generator for one purpose of one run, for example `stream(1003, "masks", step)`."""
    key = [zlib.crc32(word.encode()) if isinstance(word, str) else word for word in words]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
