"""`A B`: the two entities side by side, no relation between them (P1, section 3)."""

import numpy as np

from reversal.randomness import Draws

SETTINGS: dict = {}
RELATION = False


def span(length: int, settings: dict) -> int:
    """Positions that a sentence of `length` tokens may reach."""
    return length


def positions(draws: Draws, sentences: int, length: int, word_size: int, settings: dict) -> np.ndarray:
    """Token positions, int64 (sentences, length): always 0, 1, 2, …"""
    return np.tile(np.arange(length), (sentences, 1))
