"""What language models know of their facts, asked each way: a row a cell, and one more for facts told both ways.

What fails is shown as that: entities of several tokens and reverse frames that were never told stand below the others.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reversal.figures import labels, marks, palette, panels, rows, scales, style
from reversal.figures.panels import Column

READS = ["recall"]
LATEX = True


COLUMNS = (
    Column("source", "exact", "source", "share exact"),
    Column("target", "exact", "target", "share exact"),
    Column("reverse", "exact", "reverse", "share exact"),
    Column("reverse", "candidate_accuracy", "reverse", "first among\ncandidates"),
    Column("wrong_frame", "candidate_accuracy", "wrong frame", "first among\ncandidates"),
    Column("reverse", "nll", "reverse", "NLL,\nnats a token"),
)
TOLD = ["forward", "both", "all"]
"""In the order of rows; `all` where a model was not told at all."""
HARDER = "several tokens, or\nreverse never told"
LONGEST = 26
"""Letters of a name before it takes a second line."""
GAP = 1.2
"""Extra room above the cells that are harder, in rows."""
FEWEST = 5
"""Fewest runs over which an interval is shown; of fewer it is over facts."""
THIN = 0.01
"""Chances that differ by less are drawn as one line: shares of relations are rounded to whole facts."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    recall = rows.where(rows.plain(tables["recall"]), relation="all")
    recall = rows.shown(rows.by_unit(recall[recall["last"].eq(True)], FEWEST))
    told = recall.groupby("cell")["told"].transform(lambda told: "all" if set(told) == {"all"} else "told")
    recall = recall[(recall["told"] != "all") | (told == "all")]
    chosen = [rows.where(recall, query=column.query, measure=column.measure) for column in COLUMNS]
    return dict(zip("abcdef", chosen, strict=True))


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each row of the figure, estimates with intervals."""
    chosen, made = select(tables), []
    for _, line in _lines(chosen).iterrows():
        named = f"{line['label']}, told both ways" if line["told"] == "both" else line["label"]
        told, found = panels.estimates(COLUMNS, chosen, cell=line["cell"], told=line["told"])
        made.append({"cell": named, **told, "facts": f"{found['facts'].iloc[-1]:.0f}" if len(found) else "0"})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its cells need."""
    chosen = select(tables)
    lines = _lines(chosen)
    figure = style.figure(style.DOUBLE, 0.95 + 0.23 * (len(lines) + 1.5))
    axes = figure.subplots(1, len(COLUMNS), sharey=True)
    for one, (sign, panel), column in zip(axes, chosen.items(), COLUMNS, strict=True):
        panels.prepare(one, sign, column, lines["place"])
        if column.measure == "nll":
            most = panel["value"].max() if len(panel) else 0
            one.set_xlim(*(np.array([-0.04, 1.04]) * max(most, 2)))
            one.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        else:
            scales.unit(one, "x")
        _panel(one, panel, lines)
    panels.name(axes[0], lines["place"], lines["name"], lines["family"], LONGEST)
    if lines["harder"].any():
        panels.head(axes[0], lines.loc[lines["harder"], "place"].max() + 1.1, HARDER)
    labels.note(figure, rows.not_learnt(chosen.values()))
    return labels.settle(figure)


def _lines(chosen: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a line of the figure: cell, told, family, name, place; what is harder last."""
    drawn = pd.concat(list(chosen.values()))
    cells = rows.cells(drawn)
    told = {cell: [one for one in TOLD if (found["told"] == one).any()] for cell, found in drawn.groupby("cell")}
    several = drawn.groupby("cell")["tokens"].max() > 1
    both = any("both" in one for one in told.values())
    cells["harder"] = [several[cell] or (both and "both" not in told[cell]) for cell in cells["cell"]]
    excluded = rows.excluded(chosen.values())
    made = [
        {
            **cell,
            "told": one,
            "name": "told both ways" if place else cell["label"] + excluded.get(cell["cell"], ""),
        }
        for _, cell in cells.sort_values("harder", kind="stable").iterrows()
        for place, one in enumerate(told[cell["cell"]])
    ]
    lines = pd.DataFrame(made, columns=[*cells.columns, "told", "name"])
    lines["harder"] = lines["harder"].astype(bool) & ~lines["harder"].astype(bool).all()
    lines["place"] = -lines.index - GAP * lines["harder"]
    return lines


def _panel(axes: Axes, panel: pd.DataFrame, lines: pd.DataFrame) -> None:
    """The estimate on each line, the seeds below it, and chance."""
    chance = panel["chance"].dropna()
    alike = len(chance) and np.ptp(chance) < THIN
    if alike:
        labels.reference(axes, chance.mean(), "x")
    if len(chance):
        panels.chance_is(axes, chance.max())
    for _, line in lines.iterrows():
        found = rows.where(panel, cell=line["cell"], told=line["told"])
        if found.empty:
            panels.not_asked(axes, line["place"])
        elif not alike and found["chance"].notna().any():
            marks.tick(axes, found["chance"].dropna().iloc[0], line["place"])
        marker = "D" if line["told"] == "both" else "o"
        marks.row(axes, found, line["place"], palette.family(line["family"]), below=0.3, marker=marker)
