"""How facts are told: one design a file, which offers what `Design` says; its `SETTINGS` are keys of `corpus.design`."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation


class Frames(NamedTuple):
    """The templates that a design tells and asks a relation in."""

    forward: tuple[str, ...]
    reverse: tuple[str, ...]


class Design(Protocol):
    """What a file of `language/corpus/designs/` offers beside its literal."""

    def frames(self, relation: Relation) -> Frames:
        """The templates of a relation."""

    def both_ways(self, facts: Sequence[Row], design: Mapping[str, Any], seed: int) -> np.ndarray:
        """Which facts are told backward too, bool (N,)."""
