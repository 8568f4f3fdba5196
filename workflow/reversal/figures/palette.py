"""One colour a family in every figure (see `colours.py`), and shades of it; greys for what is no model."""

from matplotlib.colors import to_hex, to_rgb

from reversal.figures import colours

FAMILIES = colours.of_families()
"""In the order in which families are shown."""

INK = "#202020"
REFERENCE = "#6E6E6E"
"""Chance lines, identity lines, references: what no model was trained for."""
RULE = "#C8C8C8"
CONTRAST = 3.5
"""Least contrast of coloured words to white."""

VERDICTS = {"supported": "#0072B2", "contradicted": "#D55E00", "inconclusive": "#8A8A8A"}

DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (2.5, 1)))
"""Lines of one colour are told apart by these, in this order."""

CHANCE = (0, (3, 2))
"""The dash of chance and of other straight references."""
PEN = {"color": REFERENCE, "linewidth": 0.7, "linestyle": CHANCE}
"""What these are drawn with."""


def thin(dash: object) -> object:
    """The same dash for a thin line: matplotlib measures dashes in widths of their line, and short ones look like grey."""
    return dash if isinstance(dash, str) else (dash[0], tuple(3 * length for length in dash[1]))


def family(name: str) -> str:
    """A family's colour."""
    return FAMILIES.get(name, REFERENCE)


def order(name: str) -> int:
    """A family's place in every list."""
    return list(FAMILIES).index(name) if name in FAMILIES else len(FAMILIES)


def tint(colour: str, strength: float) -> str:
    """The colour mixed with white: strength 1 is the colour itself, 0 is white."""
    return to_hex([1 - strength * (1 - channel) for channel in to_rgb(colour)])


def shade(colour: str, strength: float) -> str:
    """The colour mixed with black: strength 1 is the colour itself, 0 is black."""
    return to_hex([strength * channel for channel in to_rgb(colour)])


def legible(colour: str) -> str:
    """The colour, darkened as far as small text on white needs."""
    for percent in range(85, 20, -5):
        darker = shade(colour, percent / 100)
        if 1.05 / (luminance(darker) + 0.05) >= CONTRAST:
            return darker
    return INK


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ramp(colour: str, count: int) -> list[str]:
    """`count` steps of one colour from light to dark, for levels that have an order."""
    if count == 1:
        return [colour]
    strengths = [0.5 + 1.0 * index / (count - 1) for index in range(count)]
    return [tint(colour, s) if s <= 1 else shade(colour, 2 - s) for s in strengths]
