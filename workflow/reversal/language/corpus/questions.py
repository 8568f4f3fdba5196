"""What a corpus asks of every fact, the answer filled in: its place is said, and a model is shown what it may see.

source       p(A | … [M] … B)     a forward template; of masked models only, for A stands before B
target       p(B | … A … [M])     the same templates
reverse      p(A | … B … [M])     a reverse template
wrong_frame  p(A | … B … [M])     a reverse template of the next relation of the corpus that is told otherwise
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from reversal.language.corpus.designs import Frames
from reversal.language.corpus.fact import Row
from reversal.language.corpus.template import fill


class Question(NamedTuple):
    """A row of the table `questions`, but for seed and number."""

    fact: int
    query: str
    frame: str
    template: int
    trained: bool
    text: str
    answer: str
    answer_start: int
    answer_end: int
    given_start: int
    given_end: int


class Asked(NamedTuple):
    """Templates to ask a query in."""

    query: str
    answer: str
    frame: str
    templates: tuple[str, ...]


def ask(facts: Sequence[Row], frames: Mapping[str, Frames], told: Set[str]) -> Iterator[Question]:
    """Every query of every fact in every template.

    Args:
        facts: what is asked about.
        frames: those of each relation, in the order of the corpus.
        told: every text that is trained.
    """
    asked = {name: list(_asked(name, frames)) for name in frames}
    for number, fact in enumerate(facts):
        for query, answer, frame, templates in asked[fact.relation]:
            for place, template in enumerate(templates):
                filled = fill(template, fact.head, fact.tail)
                spans = (*filled.a, *filled.b) if answer == "A" else (*filled.b, *filled.a)
                yield Question(number, query, frame, place, filled.text in told, filled.text, answer, *spans)


def _asked(name: str, frames: Mapping[str, Frames]) -> Iterator[Asked]:
    own = frames[name]
    yield Asked("source", "A", name, own.forward)
    yield Asked("target", "B", name, own.forward)
    yield Asked("reverse", "A", name, own.reverse)
    names = list(frames)
    after = names.index(name) + 1
    for other in (*names[after:], *names[: after - 1]):
        if not set(frames[other].reverse) & set(own.reverse):
            yield Asked("wrong_frame", "A", other, frames[other].reverse)
            return
