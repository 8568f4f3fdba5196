"""US state → capital; the fifty states, without territories and the federal district."""

from collections.abc import Iterator

import us

from reversal.language.corpus.fact import Row, row

LIBRARY = "us"


def rows() -> Iterator[Row]:
    """Every state of the United States."""
    for state in us.states.STATES:
        yield row("states", state.name, state.capital)
