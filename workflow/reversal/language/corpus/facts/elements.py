"""Chemical element → symbol, from hydrogen to oganesson."""

from collections.abc import Iterator

import periodictable

from reversal.language.corpus.fact import Row, row

LIBRARY = "periodictable"


def rows() -> Iterator[Row]:
    """Every element; the library's number 0 is the neutron, which is none."""
    for element in periodictable.elements:
        if element.number:
            yield row("elements", element.name, element.symbol)
