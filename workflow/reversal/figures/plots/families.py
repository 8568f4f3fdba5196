"""Who escapes the curse: each query by cell at the last checkpoint, the controls set apart."""

import textwrap
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from reversal.figures import labels, marks, numerals, palette, rows, scales, style

READS = ["accuracy"]
LATEX = True


class Column(NamedTuple):
    """One panel: a measure of a query."""

    query: str
    measure: str
    title: str
    unit: str


COLUMNS = (
    Column("source", "accuracy", "source", "accuracy,\nvocabulary"),
    Column("target", "accuracy", "target", "accuracy,\nvocabulary"),
    Column("reverse", "accuracy", "reverse", "accuracy,\nvocabulary"),
    Column("reverse", "candidate_accuracy", "reverse", "accuracy,\ncandidates"),
    Column("wrong_frame", "candidate_accuracy", "wrong frame", "accuracy,\ncandidates"),
    Column("reverse", "echo", "echo", "probability\non B's tokens"),
)
CONTROLS = ("permuted", "both ways")
"""What the label of a control says: the null control and the positive one."""
LONGEST = 32
"""Letters of a name before it takes a second line, so that long names leave room for the panels."""
GAP = 0.9
"""Extra room between cells and controls, in rows."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    accuracy = rows.plain(tables["accuracy"])
    accuracy = rows.shown(accuracy[accuracy["last"].eq(True)])
    chosen = [rows.where(rows.held_out(accuracy, column.query), measure=column.measure) for column in COLUMNS]
    return dict(zip("abcdef", chosen, strict=True))


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each cell, estimates with intervals."""
    panels = select(tables)
    made = []
    for _, cell in _ordered(tables["accuracy"])[0].iterrows():
        row, runs = {"cell": cell["label"]}, "0"
        for column, panel in zip(COLUMNS, panels.values(), strict=True):
            found = rows.where(panel, cell=cell["cell"], level="cell")
            row[f"{column.title}: {column.unit}".replace("\n", " ")] = (
                numerals.gated(found.iloc[0]) if len(found) else "–"
            )
            runs = f"{found['runs'].iloc[0]:.0f}" if len(found) else runs
        made.append(row | {"n": runs})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its cells need."""
    panels = select(tables)
    cells, main = _ordered(tables["accuracy"])
    places = [-(index + GAP * (index >= main and main > 0)) for index in range(len(cells))]
    figure = style.figure(style.DOUBLE, 0.85 + 0.23 * (len(cells) + 1.5))
    axes = figure.subplots(1, len(COLUMNS), sharey=True)
    for one, (sign, panel), column in zip(axes, panels.items(), COLUMNS, strict=True):
        labels.letter(one, sign, column.title)
        one.set_xlabel(column.unit, fontsize=6.5)
        one.tick_params(axis="y", length=0)
        for place in places:
            one.axhline(place, color=palette.RULE, linewidth=0.3, zorder=0, label="_rule")
        _panel(one, panel, cells, places)
    _names(axes[0], cells, places, main, rows.excluded(panels.values()))
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _ordered(accuracy: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The cells, controls last, and how many are no control."""
    cells = rows.cells(rows.plain(accuracy))
    control = cells["label"].map(lambda label: any(word in label for word in CONTROLS)).astype(bool)
    return pd.concat([cells[~control], cells[control]], ignore_index=True), int((~control).sum())


def _panel(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, places: list[float]) -> None:
    """A row a cell: the estimate on its line, the seeds below it."""
    scales.unit(axes, "x")
    _chance(axes, panel, dict(zip(cells["cell"], places, strict=True)))
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    for place, (_, cell) in zip(places, cells.iterrows(), strict=True):
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        if found.empty:
            axes.text(
                0.5, place, "not asked", color=palette.REFERENCE, fontsize=6, ha="center", va="center", bbox=ground
            )
        marks.row(axes, found, place, colour, below=0.3)


def _chance(axes: Axes, panel: pd.DataFrame, places: Mapping[str, float]) -> None:
    """One line through all rows, or a tick in each where texts of several sizes make guessing differ."""
    known = panel.dropna(subset=["chance"]).drop_duplicates("cell")
    if known.empty:
        return
    one = rows.common(known["chance"])
    if one is not None:
        labels.reference(axes, one, "x")
    else:
        for cell, chance in zip(known["cell"], known["chance"], strict=True):
            marks.tick(axes, chance, places[cell])
    words = {"fontsize": 6, "color": palette.REFERENCE, "va": "center"}
    axes.text(known["chance"].iloc[0] + 0.05, 0.75, "chance", **words)


def _names(axes: Axes, cells: pd.DataFrame, places: list[float], main: int, excluded: Mapping[str, str]) -> None:
    """The cells' names in their colours, left of the first panel."""
    names = [cell["label"] + excluded.get(cell["cell"], "") for _, cell in cells.iterrows()]
    axes.set_yticks(places, [textwrap.fill(name, LONGEST) for name in names])
    axes.set_ylim((places[-1] if places else 0) - 0.75, 1.1)
    labels.in_colours(axes, cells["family"])
    if 0 < main < len(cells):
        place = {"transform": blended_transform_factory(axes.transAxes, axes.transData), "ha": "right", "va": "center"}
        axes.text(-0.04, places[main] + 0.9, "controls", **place, fontsize=6, color=palette.REFERENCE)
