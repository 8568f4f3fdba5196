"""Words in a figure: labels at the ends of lines that never cover one another, panel letters, notes."""

import textwrap
from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from reversal.figures import palette

END, ALONE = "_end", "_alone"
"""Labels of artists: at the end of a line, to which a thin line may lead, or right of the panel and no more."""
CANDIDATES, REVERSE = "probability\namong candidates", "p(reverse)\namong candidates"
"""What axes say of an answer's probability, were nothing but candidates possible; of any query, or of the one that is named."""
CORRELATION = r"r of $S_\mathrm{fwd}$ and $S_\mathrm{rev}$"
REVERSE_LOSS = r"$L_\mathrm{rev}$"
"""The scores' correlation and the reverse loss, as every axis writes them."""
GAP = 0.6
"""Least white space between two labels, in points."""


def at_end(
    axes: Axes, x: float, y: float, text: str, colour: str, *, width: int = 16, leader: bool = True
) -> Annotation:
    """A label right of the panel for what ends at (x, y) in data coordinates, in its colour.

    `settle` moves it up or down until it is free, and then a thin line leads to it.
    """
    wrapped = "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text
    note = axes.annotate(
        wrapped, xy=(x, y), xycoords="data", xytext=(1.03, 0.5), textcoords="axes fraction",
        color=palette.legible(colour), fontsize=6.5, va="center", ha="left", linespacing=1.0, annotation_clip=False,
    )  # fmt: skip
    note.set_label(END if leader else ALONE)
    return note


def reference(axes: Axes, value: float, along: str = "y") -> None:
    """A straight line at a value that is no model's, such as chance; upright where values are read along x."""
    across = axes.axhline if along == "y" else axes.axvline
    across(value, **palette.PEN, zorder=0.5, label="_reference")


def level(axes: Axes, y: float, text: str) -> None:
    """A horizontal reference line, such as chance, with its name at its right end."""
    reference(axes, y)
    at_end(axes, axes.get_xlim()[1], y, text, palette.REFERENCE, width=40)


def letter(axes: Axes, sign: str, title: str) -> None:
    """The panel's letter and what it shows."""
    axes.set_title(rf"$\bf{{{sign}}}$  {title}")


def letters(axes: Iterable[Axes], first: str, titles: Iterable[str], width: int) -> None:
    """Letters and titles of a row of narrow panels, wrapped, their first lines at one height."""
    wrapped = [textwrap.wrap(title, width) or [""] for title in titles]
    most = max((len(lines) for lines in wrapped), default=0)
    for index, (one, lines) in enumerate(zip(axes, wrapped, strict=True)):
        letter(one, chr(ord(first) + index), "\n".join([*lines, *[" "] * (most - len(lines))]))


def in_colours(axes: Axes, families: Iterable[str]) -> None:
    """The names along the vertical axis in the colours of their families, without ticks."""
    axes.tick_params(axis="y", length=0)
    for tick, family in zip(axes.get_yticklabels(), families, strict=True):
        tick.set_color(palette.legible(palette.family(family)))


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
        ends = [text for text in axes.texts if text.get_label() in (END, ALONE)]
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
    places[order] = apart(wanted[order], heights[order], bottom, top - heights[order[-1]] / 2 + 2 * scale)
    for end, place, aim in zip(ends, places, wanted, strict=True):
        fraction = (place - bottom) / (top - bottom)
        end.set_position((1.03, fraction))
        if abs(place - aim) > 3 * scale and end.get_label() == END:
            axes.annotate(
                "", xy=(1.0, (aim - bottom) / (top - bottom)), xytext=(1.028, fraction), xycoords="axes fraction",
                textcoords="axes fraction", annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": end.get_color(), "linewidth": 0.4, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip


def apart(wanted: np.ndarray, heights: np.ndarray, bottom: float = -np.inf, top: float = np.inf) -> np.ndarray:
    """Places nearest to the wanted ones (ascending) at which things of these heights do not overlap.

    Least squares under an order with gaps: pool neighbours that are too close, as in isotonic regression. Places
    are between bottom and top while there is room; the stack grows over the top where there is not.
    """
    offsets = np.concatenate([[0], np.cumsum((heights[1:] + heights[:-1]) / 2)])
    pools: list[tuple[float, int]] = []
    for value in wanted - offsets:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    pooled = np.repeat([mean for mean, _ in pools], [count for _, count in pools])
    return np.maximum(np.minimum(pooled, top - offsets[-1]), bottom) + offsets
