"""The decisive 2 × 2: queries and keys shared or each position's own, values and outputs shared or each position's own.

P2's first version speaks of scores (query/key), its second of storage (value/output); each needs the other's weights to
be shared as well, or it does not. The table `sweep` knows every cell's place in the square by its two series.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reversal.figures import labels, marks, numerals, palette, rows, scales, style

READS = ["sweep"]
LATEX = True

QUERY_KEY, VALUE_OUTPUT = "model.query_key", "model.value_output"
LEVELS = {"shared": "shared", "by_position": "by position"}
"""Of either setting, in the order of the panels' horizontal axis."""
DASHES = {"shared": "-", "by_position": palette.DASHES[1]}


class Panel(NamedTuple):
    """What is drawn over the square."""

    title: str
    axis: str
    measure: str
    before: str = ""
    """The same before training, drawn light."""


PANELS = {
    "a": Panel("source", labels.CANDIDATES, "source_candidate_probability"),
    "b": Panel("target", labels.CANDIDATES, "target_candidate_probability"),
    "c": Panel("reverse", labels.CANDIDATES, "reverse_candidate_probability"),
    "d": Panel("scores, initial (light) and trained", labels.CORRELATION, "r_trained", "r_initial"),
    "e": Panel("gradients, initial (light) and fitting", "cosine", "cosine_fitting", "cosine_initial"),
    "f": Panel("attention in the reverse query", "weight on B", "weight_rev"),
}
WIDTH = 0.5
"""Room that the families share about a level."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws, with the place of each cell: columns query_key and value_output."""
    square = _square(tables["sweep"])
    return {sign: rows.where(square, measure=[panel.measure, panel.before]) for sign, panel in PANELS.items()}


def _square(sweep: pd.DataFrame) -> pd.DataFrame:
    """Every cell once, with its level of both settings; cells that differ in one of them only are no square."""
    shown = rows.shown(rows.plain(sweep))
    places = {
        name: rows.where(shown, setting=setting).drop_duplicates("cell").set_index("cell")["setting_word"]
        for name, setting in (("query_key", QUERY_KEY), ("value_output", VALUE_OUTPUT))
    }
    once = rows.where(shown, setting=QUERY_KEY)
    once = once.assign(**{name: once["cell"].map(words) for name, words in places.items()})
    return once[once["value_output"].notna()]


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row a cell, estimates with intervals."""
    square = rows.where(_square(tables["sweep"]), level="cell")
    measures = [measure for panel in PANELS.values() for measure in (panel.before, panel.measure) if measure]
    made = []
    for cell, found in square.groupby("cell", sort=False):
        first, by_measure = found.iloc[0], found.drop_duplicates("measure").set_index("measure")
        about = {"cell": first["label"] or cell, "query/key": LEVELS[first["query_key"]]}
        about["value/output"] = LEVELS[first["value_output"]]
        values = {
            measure.replace("_", " "): numerals.gated(by_measure.loc[measure]) if measure in by_measure.index else "–"
            for measure in measures
        }
        made.append(about | values | {"n": f"{first['runs']:.0f}"})
    return pd.DataFrame(made)


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    families = sorted({family for panel in panels.values() for family in panel["family"]}, key=palette.order)
    figure = style.figure(style.DOUBLE, 4.1)
    for axes, (sign, about) in zip(figure.subplots(2, 3).flat, PANELS.items(), strict=True):
        labels.letter(axes, sign, about.title)
        _panel(axes, panels[sign], about, families)
    _key(figure)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _key(figure: Figure) -> None:
    """What the dashes mean, in all panels."""
    look = {"color": palette.REFERENCE, "linewidth": 1}
    handles = [
        Line2D([], [], linestyle=dash, label=f"values and outputs {LEVELS[level]}", **look)
        for level, dash in DASHES.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), columnspacing=1.4, handlelength=2.4)


def _panel(axes: Axes, panel: pd.DataFrame, about: Panel, families: list[str]) -> None:
    axes.set_ylabel(about.axis)
    axes.set_xlabel("queries and keys")
    axes.set_xticks(range(len(LEVELS)), list(LEVELS.values()))
    axes.set_xlim(-0.5, len(LEVELS) - 0.5)
    if about.before:
        scales.correlation(axes, "y", panel["value"].min() if len(panel) else 0)
        axes.axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    else:
        scales.unit(axes)
    if panel.empty:
        labels.nothing(axes)
        return
    panel = _placed(panel, families)
    for family in families:
        colour = palette.family(family)
        for level, dash in DASHES.items():
            found = rows.where(panel, family=family, value_output=level)
            if about.before:
                _line(axes, rows.where(found, measure=about.before), palette.tint(colour, 0.5), dash)
            end = _line(axes, rows.where(found, measure=about.measure), colour, dash)
            if end is not None and level == "shared":
                labels.at_end(axes, len(LEVELS) - 1, end, family, colour)
    _chance(axes, panel.dropna(subset=["chance"]))


def _placed(panel: pd.DataFrame, families: list[str]) -> pd.DataFrame:
    """Where each cell stands, x: about its level of query/key, families side by side, both of value/output in each."""
    level = list(LEVELS).index
    order = 2 * panel["family"].map(families.index) + panel["value_output"].map(level)
    return panel.assign(x=panel["query_key"].map(level) + WIDTH * ((order + 0.5) / (2 * len(families)) - 0.5))


def _chance(axes: Axes, known: pd.DataFrame) -> None:
    """One line through the panel, or a tick at each cell where their texts make guessing differ."""
    one = rows.common(known["chance"])
    if one is not None:
        labels.level(axes, one, "chance")
        return
    for x, chance in known[["x", "chance"]].drop_duplicates().sort_values("x").itertuples(index=False):
        marks.tick(axes, chance, x, along="y")
    if len(known):
        rightmost = known.loc[known["x"].idxmax()]
        labels.at_end(axes, rightmost["x"], rightmost["chance"], "chance", palette.REFERENCE)


def _line(axes: Axes, found: pd.DataFrame, colour: str, dash: object) -> float | None:
    """One family at one level of value/output, from shared to own queries and keys; where it ends."""
    estimates, runs = rows.levels(found)
    marks.seeds(axes, runs["x"] + marks.jitter(len(runs), 0.05), runs["value"], runs["hollow"], colour)
    line = estimates.sort_values("x")
    axes.plot(line["x"], line["value"], color=colour, linestyle=dash, linewidth=1, zorder=2.5, label="_line")
    for _, row in line.iterrows():
        marks.estimate(axes, row["x"], row["value"], (row["low"], row["high"]), colour, hollow=row["hollow"])
    ends = line if len(line) else runs.sort_values("x")
    return float(ends["value"].iloc[-1]) if len(ends) else None
