"""`A R B`: the relation between the two entities, at fixed places."""

import numpy as np

SETTINGS: dict = {}
RELATION = True


def span(length: int, settings: dict) -> int:
    """Positions that a sentence of `length` tokens may reach."""
    return length


def positions(rng: np.random.Generator, sentences: int, length: int, word_size: int, settings: dict) -> np.ndarray:
    """Token positions, int64 (sentences, length): always 0, 1, 2, …"""
    return np.tile(np.arange(length), (sentences, 1))
