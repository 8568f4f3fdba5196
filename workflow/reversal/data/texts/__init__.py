"""What a run is told and what is asked of it: one kind of text a file, which offers what `Text` says.

Scores, gradients and weights are measured between the two entities of pairs that `reverse` can be asked of, so that texts
without such pairs have none.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from reversal import registry

if TYPE_CHECKING:
    from reversal.data.pairs import Pairs
    from reversal.data.query import Form, Query
    from reversal.data.sentences import Sentences


OFFERS = ["SETTINGS", "sentences"]
LITERALS = {
    "REVERSES": {"description": "Is there a pair to ask `reverse` of?", "type": "boolean"},
}


class Guesses(NamedTuple):
    """Among how many answers a guess chooses."""

    vocabulary: int
    candidates: int
    """Those of the answer's type."""


class Text(Protocol):
    """What a file of `data/texts/` offers beside its literals."""

    def sentence_length(self, data: Mapping[str, Any]) -> int:
        """Tokens of one sentence; its first entity opens it and its last one closes it."""

    def sentences(self, data: Mapping[str, Any]) -> int:
        """Sentences of one run's text."""

    def entity_tokens(self, data: Mapping[str, Any]) -> int:
        """Tokens that entities need at least, of those that `entity_tokens` counts."""

    def vocabulary_size(self, data: Mapping[str, Any]) -> int:
        """V."""

    def contradictions(self, data: Mapping[str, Any]) -> Iterator[str]:
        """What contradicts what in a dataset, one line each: key, value, and what would fit."""

    def draw(self, seed: int, data: Mapping[str, Any]) -> "Pairs":
        """What one run is told of."""

    def write(self, pairs: "Pairs") -> "Sentences":
        """Every sentence of one run, once."""

    def every(self, pairs: Sequence["Pairs"], data: Mapping[str, Any], asked: "Form") -> Iterator["Query"]:
        """All that is asked of stacked runs."""

    def guesses(self, data: Mapping[str, Any], query: str) -> Guesses:
        """What guessing the answer to a query means."""


def of(data: Mapping[str, Any]) -> Text:
    """The kind of text that a dataset is."""
    return registry.load("data.texts", data["text"]["kind"])
