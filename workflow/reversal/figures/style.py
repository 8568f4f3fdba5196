"""The style sheet, the column widths, and figures made without pyplot (no display, no global state)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import matplotlib as mpl
from matplotlib.figure import Figure

SHEET = Path(__file__).with_name("style.mplstyle")

SINGLE = 3.35
"""Width of one column of a two-column paper, in inches."""
DOUBLE = 6.9
"""Width of both columns, in inches."""

Arguments = ParamSpec("Arguments")


@contextmanager
def applied() -> Iterator[None]:
    """The style sheet over matplotlib's own defaults, whatever the user's matplotlibrc says, and back again."""
    with mpl.rc_context(fname=SHEET):
        yield


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """A function that draws a figure, made to draw it in this style."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with applied():
            return draw(*args, **kwargs)

    return drawn


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, whose panels make room for their labels."""
    return Figure(figsize=(width, height), layout="constrained")
