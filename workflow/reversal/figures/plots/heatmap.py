"""P1's heat maps: the logit that every prompt gives to every candidate, for text told and for text held out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reversal.figures import labels, marks, palette, rows, style

READS = ["heatmap"]
LATEX = False

SHADES = LinearSegmentedColormap.from_list(
    "logits", [palette.shade("#D55E00", 0.8), "#D55E00", "white", "#0072B2", palette.shade("#0072B2", 0.6)]
)
"""Below the mean of its type, white at the mean, above it."""
MOST = 99.5
"""Percentile of the sizes of all logits at which the scale ends."""


class Column(NamedTuple):
    """One map of every cell."""

    both_ways: bool
    query: str
    title: str
    short: str


COLUMNS = (
    Column(False, "target", "A → B, told\none way", "A → B, one way"),
    Column(False, "reverse", "B → A,\nheld out", "B → A, held out"),
    Column(True, "target", "A → B, told\nboth ways", "A → B, both ways"),
    Column(True, "reverse", "B → A, told\nboth ways", "B → A, both ways"),
)


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The maps, one run a cell, and the contrasts of every run at the last step."""
    table = rows.plain(tables["heatmap"])
    last = table[table["last"].eq(True)]
    maps = rows.where(last, level="matrix", measure="logit")
    return {
        "maps": maps.assign(hollow=~maps["passed"].eq(True)),
        "contrasts": rows.where(rows.shown(last), measure="contrast"),
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide, with a row a cell."""
    panels = select(tables)
    maps, contrasts = panels["maps"], panels["contrasts"]
    cells = rows.cells(rows.plain(tables["heatmap"]))
    shown = [column for column in COLUMNS if (maps["both_ways"] == column.both_ways).any()] or list(COLUMNS[:2])
    figure = style.figure(style.DOUBLE, 1.15 + 1.25 * max(len(cells), 1))
    grid = figure.subplots(max(len(cells), 1), len(shown) + 1, squeeze=False, width_ratios=[*[1] * len(shown), 1.05])
    largest = float(np.percentile(maps["value"].abs(), MOST)) if len(maps) else 1.0
    scale = Normalize(-largest or -1.0, largest or 1.0)
    for axes, column, sign in zip(grid[0], shown, "abcd", strict=False):
        labels.letter(axes, sign, column.title)
    labels.letter(grid[0, -1], "abcde"[len(shown)], "own candidate\nover the others")
    for line, (_, cell) in zip(grid, cells.iterrows(), strict=False):
        of_cell = maps[maps["cell"] == cell["cell"]]
        for axes, column in zip(line, shown, strict=False):
            _map(axes, rows.where(of_cell, both_ways=column.both_ways, query=column.query), scale)
        _name(line[0], cell, of_cell)
        _contrasts(line[-1], contrasts[contrasts["cell"] == cell["cell"]], shown, palette.family(cell["family"]))
    _finish(figure, grid, scale, contrasts)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _map(axes: Axes, found: pd.DataFrame, scale: Normalize) -> None:
    """A square a prompt and candidate."""
    axes.set(xticks=[], yticks=[])
    axes.spines[["top", "right"]].set_visible(True)
    if found.empty:
        labels.nothing(axes, "not asked")
        return
    square = found.pivot(index="row", columns="column", values="value").to_numpy(float)
    axes.imshow(square, cmap=SHADES, norm=scale, interpolation="nearest", aspect="auto")


def _name(axes: Axes, cell: pd.Series, of_cell: pd.DataFrame) -> None:
    """The cell's name left of its maps, and that its run did not learn."""
    words = cell["label"] + ("\n(did not learn)" if len(of_cell) and of_cell["hollow"].all() else "")
    axes.set_ylabel(words, color=palette.legible(palette.family(cell["family"])))


def _contrasts(axes: Axes, found: pd.DataFrame, shown: Sequence[Column], colour: str) -> None:
    """A row a map: the contrast of every run, and of the cell."""
    labels.reference(axes, 0, "x")
    for place, column in enumerate(shown):
        of_map = rows.where(found, both_ways=column.both_ways, query=column.query)
        marks.row(axes, of_map, -place, colour, below=0.28)
    axes.yaxis.tick_right()
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_yticks([-place for place in range(len(shown))], [column.short for column in shown], fontsize=6)
    axes.set_ylim(-len(shown) + 0.4, 0.5)


def _finish(figure: Figure, grid: np.ndarray, scale: Normalize, contrasts: pd.DataFrame) -> None:
    """What all rows share: the axis of the contrasts, where no contrast is 0, and the colour bar."""
    ends = contrasts[["value", "low", "high"]].to_numpy(float) if len(contrasts) else np.zeros((1, 1))
    low, high = min(0, np.nanmin(ends)), max(1, np.nanmax(ends))
    for axes in grid[:, -1]:
        axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    for axes in grid[:-1, -1]:
        axes.tick_params(labelbottom=False)
    grid[-1, -1].set_xlabel("logits over the others")
    for axes in grid[-1, :-1]:
        axes.set_xlabel("candidate's pair")
    bar = figure.colorbar(
        ScalarMappable(scale, SHADES), ax=list(grid.flat), orientation="horizontal", fraction=0.045, aspect=40,
        pad=0.03, extend="both", shrink=0.7, anchor=(0, 1),
    )  # fmt: skip
    bar.set_label("logit over the mean of its type (rows: the prompt's pair)")
    bar.outline.set_visible(False)
