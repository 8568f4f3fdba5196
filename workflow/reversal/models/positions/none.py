"""No positions: the model reads a bag of words."""

from reversal.models.position import Position

SETTINGS: dict = {}


class Encoding(Position):
    """Nothing added, turned or biased; S_fwd and S_rev are the same number in the first layer."""
