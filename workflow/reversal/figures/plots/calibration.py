"""What the ledger's tests and the tables' intervals hold on simulated seeds: false positives, power, coverage."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, numerals, palette, rows, style

READS = ["calibration"]
LATEX = True


class Part(NamedTuple):
    """One panel: the rows of one kind of truth."""

    truth: str
    title: str
    unit: str
    ends: tuple[float, float]
    ticks: tuple[float, ...]


PARTS = (
    Part("null", "the truth is at the edge of the claim", "false positives", (-0.002, 0.105), (0, 0.025, 0.05, 0.075, 0.1)),
    Part("effect", "the claim is true", "power", (-0.02, 1.02), (0, 0.25, 0.5, 0.75, 1)),
    Part("covered", "intervals of the tables", "coverage", (0.895, 1.002), (0.9, 0.925, 0.95, 0.975, 1)),
)  # fmt: skip
OUTCOMES = {"supported": ("o", 0.17), "contradicted": ("X", -0.17), "covered": ("o", 0.0)}
"""Outcome → its mark, and by how much it is moved off its line where two share one."""
NAMES = {
    "sign_flip": "mean: sign flips and skewed t",
    "superiority": "superiority",
    "non_superiority": "non-superiority",
    "equivalence": "equivalence",
    "page": "trend: Page",
    "interval": "",
}
LINE = 0.15
"""Height of a row, in inches."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    found = rows.plain(tables["calibration"])
    return {letter: found[found["truth"] == part.truth] for letter, part in zip("abc", PARTS, strict=True)}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return pd.concat([panel.assign(panel=letter) for letter, panel in select(tables).items()], ignore_index=True)


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper."""
    found = numbers(tables)
    told = [numerals.interval(row.rename({"rate": "value"})) for _, row in found.iterrows()]
    shown = {"test": found["test"].str.replace("_", " "), "data": found["data"], "counted": found["outcome"]}
    nominal = [numerals.short(value) for value in found["nominal"]]
    return pd.DataFrame({**shown, "rate": told, "nominal": nominal, "verdict": found["verdict"]})


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its rows need."""
    panels = select(tables)
    places = {letter: _places(panel) for letter, panel in panels.items()}
    heights = [1.5 - place.min() if len(place) else 1.5 for place, _ in places.values()]
    figure = style.figure(style.DOUBLE, LINE * sum(heights) + 1.7)
    axes = figure.subplots(len(PARTS), 1, height_ratios=heights)
    for one, part, (letter, panel) in zip(axes, PARTS, panels.items(), strict=True):
        _panel(one, part, letter, panel, *places[letter])
    labels.note(figure, _note(tables["calibration"]))
    return figure


def _places(panel: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Where each row goes, one line for the same data, and where the heading of each test goes."""
    line, place, headings = 0, {}, {}
    for test, found in panel.groupby("test", sort=False):
        if NAMES.get(test, test):
            line, headings[test] = line - 1, line
        for data in found["data"].unique():
            line, place[(test, data)] = line - 1, line
    every = [place[key] for key in zip(panel["test"], panel["data"], strict=True)]
    return pd.Series(every, index=panel.index, dtype=float), pd.Series(headings, dtype=float)


def _panel(axes: Axes, part: Part, letter: str, panel: pd.DataFrame, places: pd.Series, headings: pd.Series) -> None:
    labels.letter(axes, letter, part.title)
    axes.set_xlim(part.ends)
    axes.set_xticks(part.ticks, [f"{tick:g}".replace("0.", ".") for tick in part.ticks])
    axes.set_xlabel(part.unit)
    axes.set_ylim(places.min() - 0.7 if len(places) else -1, 0.7)
    named = panel.assign(place=places).drop_duplicates("place")
    axes.set_yticks(named["place"], named["data"], fontsize=6)
    axes.tick_params(axis="y", length=0)
    for test, place in headings.items():
        at = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "center"}
        axes.text(0.006, place, NAMES.get(test, test), **at, fontsize=6.5, fontweight="bold")
    for place in named["place"]:
        axes.axhline(place, color=palette.RULE, linewidth=0.3, zorder=0, label="_rule")
    for nominal in panel["nominal"].dropna().unique():
        labels.reference(axes, nominal, "x")
    two = panel["outcome"].nunique() > 1
    for (_, row), place in zip(panel.iterrows(), places, strict=True):
        _rate(axes, row, place, two)
    if two:
        _key(axes, panel["outcome"].unique())


def _rate(axes: Axes, row: pd.Series, place: float, two: bool) -> None:
    """A rate with its Monte Carlo interval; hollow where it is on the wrong side of nominal."""
    marker, off = OUTCOMES[row["outcome"]]
    colour = palette.VERDICTS.get(row["outcome"], palette.INK)
    place += off if two else 0
    about = {"along": "x", "marker": marker, "size": 3.4, "hollow": row["verdict"] == "liberal"}
    marks.estimate(axes, row["rate"], place, (row["low"], row["high"]), colour, **about)
    if pd.notna(row["attainable"]):
        axes.plot(
            [row["attainable"]], [place], "|", markersize=3.5, color=palette.REFERENCE, zorder=1, label="_reference"
        )


def _key(axes: Axes, outcomes: object) -> None:
    """What the two marks are, above the panel at its right."""
    for index, outcome in enumerate(reversed(list(outcomes))):
        marker, _ = OUTCOMES[outcome]
        sign = {"o": "●", "X": "✖"}[marker]
        at = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "fontsize": 6.5}
        axes.text(1 - 0.16 * index, 1.01, f"{sign} {outcome}", **at, color=palette.VERDICTS[outcome])


def _note(found: pd.DataFrame) -> str:
    if found.empty:
        return ""
    liberal = int((found["verdict"] == "liberal").sum())
    simulations, seeds = int(found["simulations"].iloc[0]), int(found["seeds"].iloc[0])
    return (
        f"{simulations} simulated cells of {seeds} seeds a row; bars: Clopper–Pearson, all rows together at 95 %. "
        f"Short ticks: the largest level that the exact part of a test can have.\nHollow, liberal: {liberal} of {len(found)}."
    )
