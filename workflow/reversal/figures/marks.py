"""What every panel is made of: an estimate with its interval, every seed's point, a line over training.

Artists carry a label that says what they are, which no legend shows: `_estimate`, `_interval`, `_run`.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from reversal.figures import labels, palette, rows

GOLDEN = 0.6180339887498949


def jitter(count: int, width: float) -> np.ndarray:
    """Offsets that spread `count` points over `width`, the same on every run."""
    return ((np.arange(count) * GOLDEN) % 1 - 0.5) * width


def estimate(
    axes: Axes,
    x: float,
    y: float,
    interval: tuple[float, float],
    colour: str,
    *,
    x_interval: tuple[float, float] | None = None,
    along: str = "y",
    hollow: bool = False,
    marker: str = "o",
    size: float = 4.5,
) -> None:
    """One estimate and its interval.

    Args:
        axes: to draw on.
        x: place.
        y: place.
        interval: low and high end in the direction of `along`; not drawn where empty.
        colour: of all of it.
        x_interval: a second interval, along x.
        along: "y", or "x" where the estimate is read off the horizontal axis.
        hollow: no run passed the gate.
        marker: matplotlib's sign for it.
        size: in points.
    """
    for ends, direction in ((interval, along), (x_interval, "x")):
        if ends is not None and np.isfinite(ends).all():
            xs, ys = (ends, (y, y)) if direction == "x" else ((x, x), ends)
            axes.plot(xs, ys, color=colour, linewidth=1.1, zorder=3, label="_interval")
    face = "white" if hollow else colour
    edge = colour if hollow else "white"
    axes.plot(
        [x], [y], marker, markersize=size, markerfacecolor=face, markeredgecolor=edge,
        markeredgewidth=0.9 if hollow else 0.5, zorder=4, label="_estimate",
    )  # fmt: skip


def row(
    axes: Axes,
    found: pd.DataFrame,
    place: float,
    colour: str,
    *,
    below: float = 0,
    spread: float = 0.2,
    marker: str = "o",
) -> None:
    """A row of a panel whose values are read along x: the estimate on its line, every seed's point about or below it.

    Args:
        axes: to draw on.
        found: estimates and runs of one thing measured.
        place: height of the line.
        colour: of all of it.
        below: from the line down to the middle of the points.
        spread: height of the band of the points.
        marker: matplotlib's sign for all of them.
    """
    estimates, runs = rows.levels(found)
    heights = place - below + jitter(len(runs), spread)
    seeds(axes, runs["value"], heights, runs["hollow"], colour, marker)
    for _, one in estimates.iterrows():
        ends = (one["low"], one["high"])
        estimate(axes, one["value"], place, ends, colour, along="x", hollow=one["hollow"], marker=marker)


def tick(axes: Axes, value: float, place: float, along: str = "x") -> None:
    """Chance, or what else is no model's, of one row alone: a tick across it; of a column where values go along y."""
    pen = {"color": palette.REFERENCE, "linewidth": 0.9, "zorder": 0.5, "label": "_reference"}
    if along == "x":
        axes.plot([value, value], [place - 0.42, place + 0.38], **pen)
    else:
        axes.plot([place - 0.05, place + 0.05], [value, value], **pen)


def seeds(axes: Axes, x: np.ndarray, y: np.ndarray, hollow: np.ndarray, colour: str, marker: str = "o") -> None:
    """Every run's point, hollow where it did not pass the gate."""
    x, y, hollow = np.asarray(x, float), np.asarray(y, float), np.asarray(hollow, bool)
    light = palette.tint(colour, 0.55)
    for chosen, face, edge in ((~hollow, light, light), (hollow, "none", colour)):
        if chosen.any():
            axes.plot(
                x[chosen], y[chosen], marker, markersize=2.3, markerfacecolor=face, markeredgecolor=edge,
                markeredgewidth=0.5, zorder=2, label="_run",
            )  # fmt: skip


def trajectory(
    axes: Axes,
    estimates: pd.DataFrame,
    runs: pd.DataFrame,
    colour: str,
    *,
    x: str = "step",
    dash: object = "-",
    width: float = 1.2,
    markers: bool = True,
) -> None:
    """A line over training (or over another ordered column) with its band, and a thin line for every seed."""
    thin = palette.thin(dash)
    for _, run in runs.sort_values(x).groupby("seed"):
        dashed = (0, (1, 1.5)) if run["hollow"].any() else thin
        axes.plot(
            run[x],
            run["value"],
            color=palette.tint(colour, 0.4),
            linewidth=0.35,
            linestyle=dashed,
            zorder=1,
            label="_run",
        )
    line = estimates.sort_values(x)
    if line.empty:
        return
    if line["low"].notna().any():
        axes.fill_between(
            line[x], line["low"], line["high"], color=colour, alpha=0.18, linewidth=0, zorder=2, label="_interval"
        )
    axes.plot(line[x], line["value"], color=colour, linewidth=width, linestyle=dash, zorder=3, label="_line")
    if markers:
        hollow = line["hollow"].to_numpy(bool)
        for chosen, face in ((~hollow, colour), (hollow, "white")):
            if chosen.any():
                axes.plot(
                    line[x][chosen], line["value"][chosen], "o", markersize=2.6, markerfacecolor=face,
                    markeredgecolor=colour, markeredgewidth=0.6, zorder=4, label="_estimate",
                )  # fmt: skip


def by_cell(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, dashes: Mapping[str, object] | None = None) -> None:
    """A trajectory for each cell, labelled; cells of one family have one colour and dashes of their own, or those given."""
    dashes = dashes or rows.dashes(cells)
    for _, cell in cells.iterrows():
        of_cell(axes, panel, cell, dashes[cell["cell"]], cell["label"])


def of_cell(axes: Axes, panel: pd.DataFrame, cell: pd.Series, dash: object, words: str) -> None:
    """The trajectory of one cell in its family's colour, with words at its end unless they are empty."""
    estimates, runs = rows.levels(panel[panel["cell"] == cell["cell"]])
    colour = palette.family(cell["family"])
    trajectory(axes, estimates, runs, colour, dash=dash)
    end = final(estimates, runs)
    if end and words:
        labels.at_end(axes, *end, words, colour)


def final(estimates: pd.DataFrame, runs: pd.DataFrame, x: str = "step") -> tuple[float, float] | None:
    """Where a trajectory ends, for its label: its estimate's last point, or the mean of its runs' last points."""
    line = estimates if len(estimates) else runs
    if line.empty:
        return None
    last = line[line[x] == line[x].max()]
    return float(last[x].iloc[0]), float(last["value"].mean())
