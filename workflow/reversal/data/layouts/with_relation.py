"""`A R B`: the relation between the two entities, at fixed places."""

from reversal.data.layouts.adjacent import positions, span

__all__ = ["RELATION", "SETTINGS", "positions", "span"]

SETTINGS: dict = {}
RELATION = True
