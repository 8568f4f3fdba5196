"""Panels beside one another that share their rows: a measure of a query each, a cell a row, the cells' names on the left."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from reversal.figures import labels, numerals, palette, rows


class Column(NamedTuple):
    """One panel: a measure of a query."""

    query: str
    measure: str
    title: str
    unit: str


def prepare(axes: Axes, sign: str, column: Column, places: Sequence[float]) -> None:
    """A panel's letter, title and unit, and a rule for each of its rows."""
    labels.letter(axes, sign, column.title)
    axes.set_xlabel(column.unit, fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    for place in places:
        axes.axhline(place, color=palette.RULE, linewidth=0.3, zorder=0, label="_rule")


def not_asked(axes: Axes, place: float) -> None:
    """Words in the middle of a row that has no answer."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    words = {"color": palette.REFERENCE, "fontsize": 6, "ha": "center", "va": "center", "bbox": ground}
    axes.text(sum(axes.get_xlim()) / 2, place, "not asked", **words)


def chance_is(axes: Axes, chance: float) -> None:
    """The word beside the line, or the ticks, of guessing."""
    axes.text(chance + 0.05, 0.75, "chance", fontsize=6, color=palette.REFERENCE, va="center")


def name(axes: Axes, places: Sequence[float], names: Sequence[str], families: pd.Series, longest: int) -> None:
    """The rows' names in their families' colours, left of the first panel; the longest in two lines."""
    axes.set_yticks(places, [textwrap.fill(name, longest) for name in names])
    axes.set_ylim(min(places, default=0) - 0.75, 1.1)
    labels.in_colours(axes, families)


def head(axes: Axes, place: float, words: str) -> None:
    """What the rows below a place have in common, left of the first panel."""
    spot = {"transform": blended_transform_factory(axes.transAxes, axes.transData), "ha": "right", "va": "center"}
    axes.text(-0.04, place, words, **spot, fontsize=6, color=palette.REFERENCE)


def estimates(
    columns: Sequence[Column], panels: Mapping[str, pd.DataFrame], **row: str
) -> tuple[dict[str, str], pd.DataFrame]:
    """A row of the table for the paper: each panel's estimate with its interval, and the rows of level cell behind them."""
    found = [rows.where(panel, level="cell", **row) for panel in panels.values()]
    told = {
        f"{column.title}: {column.unit}".replace("\n", " "): numerals.gated(one.iloc[0]) if len(one) else "–"
        for column, one in zip(columns, found, strict=True)
    }
    return told, pd.concat(found)
