"""The colour of each family: stated here for those of the papers, and for any other its own or the next that is free.

The stated ones are Okabe and Ito's (2008), told apart with any colour vision, as the free ones are from them and from one
another; `tests/unit/figures` checks it. Imports no matplotlib: a plan names the colours of what it draws.
"""

from reversal import families, registry
from reversal.errors import ReversalError

STATED = {
    "MDM": "#0072B2",
    "MLM": "#56B4E9",
    "source-only": "#009E73",
    "target-only": "#E69F00",
    "ARM": "#D55E00",
    "any-order": "#7A4419",  # not one of the eight, whose yellow is too light for lines on white
    "bilinear": "#CC79A7",
}
"""In the order in which families are shown; others come behind them."""

FREE = ("#332288", "#8FBC5A", "#5B7CFA", "#1B2A57", "#4A230D")
"""For families that state none, in this order."""


def of_families() -> dict[str, str]:
    """Family → its colour, in the order in which families are shown.

    Raises:
        ReversalError: two files of a family state different colours, or no colour is left for one.
    """
    found = STATED | {family: _own(family) for family in families.variants() if _own(family) or family not in STATED}
    free = iter(colour for colour in FREE if colour not in found.values())
    for family in [family for family, colour in found.items() if not colour]:
        found[family] = next(free, "")
        if not found[family]:
            raise ReversalError(f'{_files(family)}: no colour is left for {family!r}; state one, COLOUR = "#rrggbb"')
    return found


def _own(family: str) -> str:
    """The colour that the files of a family state, if they do."""
    stated = {registry.literals(*variant)["COLOUR"] for variant in families.variants()[family]} - {None}
    if len(stated) > 1:
        raise ReversalError(
            f"{_files(family)}: {family!r} has the colours {' and '.join(sorted(stated))}; state COLOUR in one of them"
        )
    return next(iter(stated), "")


def _files(family: str) -> str:
    return ", ".join(registry.file(*variant) for variant in families.variants()[family])
