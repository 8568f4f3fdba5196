"""When a query counts as learnt, for what stops a training and for what tells how long it took."""

import numpy as np

LEARNT = 0.99
"""Accuracy at which a query counts as learnt; in the history it is a single float."""


def learnt(accuracy: np.ndarray) -> np.ndarray:
    """Is each accuracy, of any shape, there?"""
    return accuracy >= np.float32(LEARNT)
