"""What is answered of a text that holds some of itself out: told and held-out queries by cell, beside guessing."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from reversal.figures import labels, marks, numerals, palette, rows, scales, style

READS = ["accuracy"]
LATEX = True


class Column(NamedTuple):
    """One panel: a measure."""

    measure: str
    title: str
    unit: str


COLUMNS = (
    Column("nll", "over the vocabulary", "NLL (nats a token)"),
    Column("candidate_nll", "among candidates", "NLL (nats)"),
    Column("candidate_accuracy", "among candidates", "accuracy"),
)
WORDS = {
    "source": "source, told",
    "target": "target, told",
    "one_step": "one step, held out",
    "step_by_step": "step by step",
    "in_context": "target, held out",
}
"""Queries in the order of their rows."""
HEAD, GAP = 0.85, 0.5
"""From a cell's name down to its first row, and extra room above the name, in rows."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: every query at the last checkpoint."""
    accuracy = rows.shown(rows.plain(tables["accuracy"]))
    asked = rows.where(accuracy, last=True, own_distance=True, query=list(WORDS))
    return {chr(ord("a") + index): rows.where(asked, measure=column.measure) for index, column in enumerate(COLUMNS)}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each cell and query, estimates with intervals, guessing in brackets."""
    panels = select(tables)
    made = []
    for _, cell in rows.cells(rows.plain(tables["accuracy"])).iterrows():
        for query, words in WORDS.items():
            found = [rows.where(panel, cell=cell["cell"], query=query, level="cell") for panel in panels.values()]
            if all(len(part) for part in found):
                row = {"cell": cell["label"], "query": words}
                for column, part in zip(COLUMNS, found, strict=True):
                    estimate = part.iloc[0]
                    told = f"{numerals.gated(estimate)} (guessing {numerals.short(estimate['chance'])})"
                    row[f"{column.unit}, {column.title}"] = told
                made.append(row | {"n": f"{found[0]['runs'].iloc[0]:.0f}"})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its cells and queries need."""
    panels = select(tables)
    placed, heads, bottom = _places(panels["a"], rows.cells(rows.plain(tables["accuracy"])))
    figure = style.figure(style.DOUBLE, 0.8 + 0.17 * (max(-bottom, 2) + 1))
    axes = figure.subplots(1, len(COLUMNS), sharey=True)
    for one, (sign, panel), column in zip(axes, panels.items(), COLUMNS, strict=True):
        labels.letter(one, sign, column.title)
        one.set_xlabel(column.unit)
        one.tick_params(axis="y", length=0)
        _scale(one, panel, column)
        for (cell, query), place in placed.items():
            one.axhline(place, color=palette.RULE, linewidth=0.3, zorder=0, label="_rule")
            _row(one, rows.where(panel, cell=cell, query=query), place)
        if placed:
            _guessing(one, panel, *next(iter(placed.items())))
    _names(axes[0], placed, heads)
    axes[0].set_ylim(bottom - 0.55, 0.9)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _places(
    panel: pd.DataFrame, cells: pd.DataFrame
) -> tuple[dict[tuple[str, str], float], list[tuple[pd.Series, float]], float]:
    """Where the row of each cell and query is, where each cell's name is, and where the last row ends."""
    placed: dict[tuple[str, str], float] = {}
    heads, place = [], 0.0
    for _, cell in cells.iterrows():
        asked = set(panel.loc[panel["cell"] == cell["cell"], "query"])
        if asked:
            place -= GAP if heads else 0
            heads.append((cell, place))
            place -= HEAD
        for query in (query for query in WORDS if query in asked):
            placed[cell["cell"], query] = place
            place -= 1
    return placed, heads, place + 1


def _scale(axes: Axes, panel: pd.DataFrame, column: Column) -> None:
    """From nothing to what is drawn, guessing included; an accuracy to one."""
    if column.measure == "candidate_accuracy":
        scales.unit(axes, "x")
        return
    drawn = panel[["value", "high", "chance"]].to_numpy(dtype=float)
    most = np.nanmax(drawn) if np.isfinite(drawn).any() else 1
    axes.set_xlim(-0.04 * most, 1.08 * most)


def _row(axes: Axes, found: pd.DataFrame, place: float) -> None:
    """The estimate on its line, the seeds below it, guessing as a tick across it."""
    for chance in found["chance"].dropna().unique():
        marks.tick(axes, chance, place)
    if found.empty:
        return
    marks.row(axes, found, place, palette.family(found["family"].iloc[0]), below=0.28)


def _guessing(axes: Axes, panel: pd.DataFrame, row: tuple[str, str], place: float) -> None:
    """The name of the ticks, above the first of them."""
    chance = rows.where(panel, cell=row[0], query=row[1])["chance"].dropna()
    if len(chance):
        low, high = axes.get_xlim()
        share = (chance.iloc[0] - low) / (high - low)
        side = "left" if share < 0.2 else "right" if share > 0.8 else "center"
        words = {"color": palette.REFERENCE, "fontsize": 6, "va": "center", "ha": side}
        axes.text(chance.iloc[0], place + 0.65, "guessing", **words)


def _names(axes: Axes, placed: Mapping[tuple[str, str], float], heads: list[tuple[pd.Series, float]]) -> None:
    """The queries' names left of the first panel, and above them the cell's in its colour."""
    axes.set_yticks(list(placed.values()), [WORDS[query] for _, query in placed])
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    for cell, place in heads:
        colour = palette.legible(palette.family(cell["family"]))
        axes.text(-0.03, place, cell["label"], color=colour, fontsize=7, ha="right", va="center", transform=beside)
