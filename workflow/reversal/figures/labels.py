"""Words in a figure: labels at the ends of lines that never cover one another, panel letters, notes."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from reversal.figures import palette

END = "_end"
GAP = 0.6
"""Least white space between two labels, in points."""


def at_end(axes: Axes, x: float, y: float, text: str, colour: str, *, width: int = 16, size: float = 6.5) -> Annotation:
    """A label right of the panel for what ends at (x, y) in data coordinates, in its colour.

    `settle` moves it up or down until it is free, and then a thin line leads to it.
    """
    wrapped = "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text
    note = axes.annotate(
        wrapped, xy=(x, y), xycoords="data", xytext=(1.03, y), textcoords=axes.get_yaxis_transform(),
        color=palette.shade(colour, 0.85), fontsize=size, va="center", ha="left", linespacing=0.95, annotation_clip=False,
    )  # fmt: skip
    note.set_label(END)
    return note


def level(axes: Axes, y: float, text: str) -> None:
    """A horizontal reference line, such as chance, with its name at its right end."""
    axes.axhline(y, color=palette.REFERENCE, linewidth=0.7, linestyle=(0, (3, 2)), zorder=0.5, label="_reference")
    at_end(axes, axes.get_xlim()[1], y, text, palette.REFERENCE)


def letter(axes: Axes, sign: str, title: str) -> None:
    """The panel's letter and what it shows."""
    axes.set_title(rf"$\bf{{{sign}}}$  {title}")


def note(figure: Figure, text: str) -> None:
    """A line below all panels; nothing for an empty text."""
    if text:
        figure.supxlabel(text, x=0.01, ha="left", fontsize=6, color=palette.REFERENCE)


def nothing(axes: Axes, text: str = "no run has it") -> None:
    """Say that a panel is empty for want of rows."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=palette.REFERENCE)


def settle(figure: Figure) -> Figure:
    """Lay the figure out for good and part the labels at the ends of lines. The last thing that a figure does."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        ends = [text for text in axes.texts if text.get_label() == END]
        if ends:
            _part(axes, ends)
    return figure


def _part(axes: Axes, ends: list[Annotation]) -> None:
    scale = axes.figure.dpi / 72
    bottom, top = axes.get_window_extent().y0, axes.get_window_extent().y1
    wanted = np.array([axes.transData.transform((end.xy[0], end.xy[1]))[1] for end in ends])
    wanted = np.clip(wanted, bottom, top)
    heights = np.array([end.get_window_extent().height for end in ends]) + GAP * scale
    order = np.argsort(wanted, kind="stable")
    places = np.empty_like(wanted)
    places[order] = apart(wanted[order], heights[order])
    for end, place, aim in zip(ends, places, wanted, strict=True):
        fraction = (place - bottom) / (top - bottom)
        end.set_position((1.03, fraction))
        end.anncoords = axes.transAxes
        if abs(place - aim) > 3 * scale:
            axes.annotate(
                "", xy=(1.0, (aim - bottom) / (top - bottom)), xytext=(1.028, fraction), xycoords="axes fraction",
                textcoords="axes fraction", annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": end.get_color(), "linewidth": 0.4, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip


def apart(wanted: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Places nearest to the wanted ones (ascending) at which things of these heights do not overlap.

    Least squares under an order with gaps: pool neighbours that are too close, as in isotonic regression.
    """
    offsets = np.concatenate([[0], np.cumsum((heights[1:] + heights[:-1]) / 2)])
    pools: list[tuple[float, int]] = []
    for value in wanted - offsets:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools]) + offsets
