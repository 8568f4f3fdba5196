"""Who escapes the curse: each query by cell at the last checkpoint, the controls set apart."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, panels, rows, scales, style
from reversal.figures.panels import Column

READS = ["accuracy"]
LATEX = True


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
LONGEST = 28
"""Letters of a name before it takes a second line, so that long names leave room for the panels."""
GAP = 0.9
"""Extra room between cells and controls, in rows."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    return dict(zip("abcdef", _chosen(tables).values(), strict=False))


def _chosen(tables: Mapping[str, pd.DataFrame]) -> dict[Column, pd.DataFrame]:
    """The rows of each column, without columns of what was asked of no cell; the first stays where nothing was asked."""
    accuracy = rows.plain(tables["accuracy"])
    accuracy = rows.shown(accuracy[accuracy["last"].eq(True)])
    found = {column: rows.where(rows.held_out(accuracy, column.query), measure=column.measure) for column in COLUMNS}
    return {column: panel for column, panel in found.items() if len(panel)} or {COLUMNS[0]: found[COLUMNS[0]]}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each cell, estimates with intervals."""
    columns, chosen, made = list(_chosen(tables)), select(tables), []
    for _, cell in _ordered(tables["accuracy"])[0].iterrows():
        told, found = panels.estimates(columns, chosen, cell=cell["cell"])
        made.append({"cell": cell["label"], **told, "n": f"{found['runs'].iloc[-1]:.0f}" if len(found) else "0"})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its cells need."""
    columns, chosen = list(_chosen(tables)), select(tables)
    cells, main = _ordered(tables["accuracy"])
    places = [-(index + GAP * (index >= main and main > 0)) for index in range(len(cells))]
    figure = style.figure(style.DOUBLE, 0.85 + 0.23 * (len(cells) + 1.5))
    axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for one, (sign, panel), column in zip(axes, chosen.items(), columns, strict=True):
        panels.prepare(one, sign, column, places)
        _panel(one, panel, cells, places)
    excluded = rows.excluded(chosen.values())
    named = [cell["label"] + excluded.get(cell["cell"], "") for _, cell in cells.iterrows()]
    panels.name(axes[0], places, named, cells["family"], LONGEST)
    if 0 < main < len(cells):
        panels.head(axes[0], places[main] + 0.9, "controls")
    labels.note(figure, rows.not_learnt(chosen.values()))
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
    for place, (_, cell) in zip(places, cells.iterrows(), strict=True):
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        if found.empty:
            panels.not_asked(axes, place)
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
    panels.chance_is(axes, known["chance"].iloc[0])
