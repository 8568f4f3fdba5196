"""Who escapes the curse: each query by cell at the last checkpoint, the controls set apart."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from reversal.figures import labels, marks, palette, rows, scales, style
from reversal.figures.latex import interval

READS = ["accuracy"]
LATEX = True


class Column(NamedTuple):
    """One panel: a measure of a query."""

    query: str
    measure: str
    title: str
    unit: str


COLUMNS = (
    Column("source", "accuracy", "source", "accuracy, vocabulary"),
    Column("target", "accuracy", "target", "accuracy, vocabulary"),
    Column("reverse", "accuracy", "reverse", "accuracy, vocabulary"),
    Column("reverse", "candidate_accuracy", "reverse", "accuracy, candidates"),
    Column("wrong_frame", "candidate_accuracy", "wrong frame", "accuracy, candidates"),
    Column("reverse", "echo", "echo", "mass on B"),
)
CONTROLS = ("permuted", "both ways")
"""What the label of a control says: the null control and the positive one."""


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
    for _, cell in rows.cells(rows.plain(tables["accuracy"])).iterrows():
        row, runs = {"cell": cell["label"]}, "0"
        for column, panel in zip(COLUMNS, panels.values(), strict=True):
            found = rows.where(panel, cell=cell["cell"], level="cell")
            row[f"{column.title} ({column.unit})"] = interval(found.iloc[0]) if len(found) else "–"
            runs = str(found["runs"].iloc[0]) if len(found) else runs
        made.append(row | {"n": runs})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["accuracy"]))
    control = cells["label"].map(lambda label: any(word in label for word in CONTROLS))
    cells = pd.concat([cells[~control], cells[control]], ignore_index=True)
    main = int((~control).sum())
    places = [-(index + 0.8 * (index >= main)) for index in range(len(cells))]
    figure = style.figure(style.DOUBLE, 0.75 + 0.24 * (len(cells) + 1))
    axes = figure.subplots(1, len(COLUMNS), sharey=True)
    for one, (sign, panel), column in zip(axes, panels.items(), COLUMNS, strict=True):
        _panel(one, panel, cells, places)
        labels.letter(one, sign, column.title)
        one.set_xlabel(column.unit, fontsize=6.5)
        if 0 < main < len(cells):
            one.axhline(
                (places[main - 1] + places[main]) / 2, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule"
            )
    _names(axes[0], cells, places, main, _excluded(panels.values()))
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _panel(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, places: list[float]) -> None:
    scales.unit(axes, "x")
    chance = panel["chance"].dropna()
    if len(chance):
        axes.axvline(
            chance.iloc[0],
            color=palette.REFERENCE,
            linewidth=0.7,
            linestyle=(0, (3, 2)),
            zorder=0.5,
            label="_reference",
        )
        axes.text(chance.iloc[0] + 0.05, 0.95, "chance", fontsize=6, color=palette.REFERENCE, va="center")
    for place, (_, cell) in zip(places, cells.iterrows(), strict=True):
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        if found.empty:
            axes.text(0.5, place, "–", color=palette.REFERENCE, ha="center", va="center")
        runs = found[found["level"] == "run"].sort_values("seed")
        marks.seeds(axes, runs["value"], place - 0.27 + marks.jitter(len(runs), 0.18), runs["hollow"], colour)
        for _, row in found[found["level"] == "cell"].iterrows():
            marks.estimate(
                axes, row["value"], place, (row["low"], row["high"]), colour, along="x", hollow=row["hollow"]
            )


def _names(axes: Axes, cells: pd.DataFrame, places: list[float], main: int, excluded: Mapping[str, str]) -> None:
    """The cells' names in their colours, left of the first panel."""
    names = [cell["label"] + excluded.get(cell["cell"], "") for _, cell in cells.iterrows()]
    axes.set_yticks(places, names)
    axes.set_ylim(places[-1] - 0.7, 1.4)
    axes.tick_params(axis="y", length=0)
    for tick, family in zip(axes.get_yticklabels(), cells["family"], strict=True):
        tick.set_color(palette.shade(palette.family(family), 0.85))
    if 0 < main < len(cells):
        axes.text(
            -0.04, (places[main - 1] + places[main]) / 2, "controls", transform=blended_transform_factory(axes.transAxes, axes.transData),
            ha="right", va="center", fontsize=6, color=palette.REFERENCE,
        )  # fmt: skip


def _excluded(panels: object) -> dict[str, str]:
    """What to add to the name of a cell some of whose runs did not pass the gate."""
    cells = pd.concat(list(panels))
    cells = cells[(cells["level"] == "cell") & (cells["excluded"] > 0)]
    return {
        row[
            "cell"
        ]: f" ({row['excluded']:.0f} of {row['excluded'] + row['runs'] if row['gated'] else row['runs']:.0f} out)"
        for _, row in cells.iterrows()
    }
