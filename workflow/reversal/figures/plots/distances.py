"""Asked at distances at which nothing was told: `reverse` and `source`, a panel a cell."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["accuracy"]
LATEX = False

QUERIES = {"reverse": "-", "source": palette.DASHES[1]}
MEASURE = "candidate_probability"
ACROSS = 4
"""Panels side by side."""
ROW = 1.55
"""Height of a row of panels, in inches."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: both queries at every distance, at the last checkpoint."""
    accuracy = rows.plain(tables["accuracy"])
    accuracy = rows.shown(accuracy[accuracy["last"].eq(True)])
    accuracy = rows.where(accuracy, measure=MEASURE)
    parts = [rows.held_out(accuracy, query, elsewhere=True) for query in QUERIES]
    whole = pd.concat(parts)
    cells = rows.cells(whole)["cell"]
    return {chr(ord("a") + place): whole[whole["cell"] == cell] for place, cell in enumerate(cells)}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables) or {"a": rows.shown(rows.plain(tables["accuracy"]))})


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide, four panels a row."""
    panels = select(tables)
    count = -(-max(len(panels), 1) // ACROSS)
    figure = style.figure(style.DOUBLE, 0.3 + ROW * count)
    grid = figure.subplots(count, min(ACROSS, max(len(panels), 1)), squeeze=False, sharey=True)
    for place, axes in enumerate(grid.flat):
        if place >= max(len(panels), 1):
            axes.set_visible(False)
    for row, start in zip(grid, range(0, len(panels), ACROSS), strict=False):
        signs = list(panels)[start : start + ACROSS]
        titles = [panels[sign]["label"].iloc[0] for sign in signs]
        labels.letters(row[: len(signs)], signs[0], titles, width=20)
        for axes, sign in zip(row, signs, strict=False):
            _panel(axes, panels[sign], named=start == 0 and sign == signs[-1])
        row[0].set_ylabel(labels.CANDIDATES)
    if not panels:
        labels.nothing(grid[0, 0])
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _panel(axes: Axes, panel: pd.DataFrame, named: bool) -> None:
    """One cell; only the last of the first row says which line is which, for it has room beside it."""
    scales.unit(axes)
    distances = sorted(panel["distance"].unique())
    scales.setting(axes, distances)
    axes.set_xlabel("distance asked, Δ")
    colour = palette.family(panel["family"].iloc[0])
    told = panel.loc[panel["own_distance"].eq(True), "distance"]
    for distance in told.unique():
        axes.axvline(distance, color=palette.RULE, linewidth=3, zorder=0, label="_told")
    chance = panel["chance"].dropna()
    if len(chance):
        labels.reference(axes, chance.iloc[0])
        if named:
            labels.at_end(axes, distances[-1], chance.iloc[0], "chance", palette.REFERENCE)
    for query, dash in QUERIES.items():
        estimates, runs = rows.levels(rows.where(panel, query=query))
        marks.trajectory(axes, estimates, runs, colour, x="distance", dash=dash)
        end = marks.final(estimates, runs, x="distance")
        if named and end and np.isfinite(end).all():
            labels.at_end(axes, *end, query, colour)
