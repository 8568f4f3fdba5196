"""P1's theory: training raises the weight from A to B; what raises the one from B to A, beside Theorem 1's bound?"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import NullLocator

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["dynamics"]
LATEX = False

COLOUR = palette.family("bilinear")
WAYS = {"forward": ("A → B", "-"), "reverse": ("B → A", palette.DASHES[1])}
TOGETHER = 0.06
"""Lines that end within this share of the axis of one another have one label."""
ASIDE = 1.3
"""Orthonormal embeddings stand this far right of their width, where Gaussian ones of the same width may stand."""
RATIO = f"{labels.REVERSE_LOSS}$(t)$\u00a0/ {labels.REVERSE_LOSS}$(0)$"
BOUND = {"ratio_reverse": (RATIO, palette.DASHES[1]), "bound": ("the bound", palette.DASHES[2])}
LEAST = 0.04
"""The axis of the bound reaches at least this far below 1."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    shown = rows.shown(rows.plain(tables["dynamics"]))
    last = shown[shown["last"].eq(True) & shown["width"].notna()]
    return {
        "a": rows.where(shown, measure=["weight_forward", "weight_reverse"]),
        "b": rows.where(shown, measure=["ratio_forward", "ratio_reverse"]),
        "c": rows.where(last, measure="epsilon"),
        "d": rows.where(shown, measure=list(BOUND)),
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    tones = _tones(rows.plain(tables["dynamics"]))
    figure = style.figure(style.DOUBLE, 3.9)
    above, below = figure.subfigures(2, 1, height_ratios=[1.2, 1])
    first, second, third = above.subplots(1, 3, width_ratios=[1, 1, 0.8])
    labels.letter(first, "a", "weights")
    labels.letter(second, "b", "losses")
    labels.letter(third, "c", "leak by width")
    first.set_ylabel("logit over its type's mean")
    second.set_ylabel("$L(t)$ / $L(0)$")
    for axes, panel, stem in ((first, panels["a"], "weight"), (second, panels["b"], "ratio")):
        _both_ways(axes, panel, tones, stem)
        scales.steps(axes, panel["step"].unique())
        axes.autoscale_view()
    _epsilon(third, panels["c"], tones)
    if len(panels["d"]):
        _bounds(below, panels["d"], tones)
    labels.note(below, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _tones(dynamics: pd.DataFrame) -> dict[str, str]:
    """A colour a cell: of Gaussian embeddings, darker with their width; ink for orthonormal ones; else the family's."""
    cells = dynamics[["cell", "width", "embedding", "family"]].drop_duplicates("cell").sort_values("width")
    gaussian = cells[cells["embedding"] == "gaussian"]["cell"]
    tones = dict(zip(gaussian, palette.ramp(COLOUR, max(len(gaussian), 1)), strict=False))
    for _, cell in cells[~cells["cell"].isin(gaussian)].iterrows():
        orthonormal = cell["embedding"] == "orthonormal"
        tones[cell["cell"]] = palette.INK if orthonormal else palette.family(cell["family"])
    return tones


def _both_ways(axes: Axes, panel: pd.DataFrame, tones: Mapping[str, str], stem: str) -> None:
    for way, (word, dash) in WAYS.items():
        ends = {}
        for cell, tone in tones.items():
            found = rows.where(panel, cell=cell, measure=f"{stem}_{way}")
            estimates, runs = rows.levels(found)
            marks.trajectory(axes, estimates, runs, tone, dash=dash)
            end = marks.final(estimates, runs)
            if end:
                ends[cell] = (*end, _name(found.iloc[0]), tone)
        _ends(axes, list(ends.values()), word)


def _ends(axes: Axes, ends: list[tuple[float, float, str, str]], word: str) -> None:
    """Labels of one way's lines; one for all where they end together."""
    heights = [y for _, y, _, _ in ends]
    low, high = axes.get_ylim()
    if len(ends) > 1 and max(heights) - min(heights) < TOGETHER * (high - low):
        labels.at_end(axes, ends[0][0], sum(heights) / len(heights), f"{word}, all", COLOUR)
        return
    for x, y, name, tone in ends:
        labels.at_end(axes, x, y, f"{word}, {name}", tone, width=30)


def _name(row: pd.Series) -> str:
    """The width tells cells of Gaussian embeddings apart; a model without such embeddings has its label."""
    if row["embedding"] == "gaussian":
        return f"d = {row['width']:.0f}"
    return "orthonormal" if row["embedding"] == "orthonormal" else row["label"]


def _bounds(figure: SubFigure, panel: pd.DataFrame, tones: Mapping[str, str]) -> None:
    """A panel a cell: L_rev's ratio above the bound of its own ε̂; how far it rises is in the panel of the losses."""
    every = figure.subplots(1, len(tones), sharey=True, squeeze=False)[0]
    names = [_name(panel[panel["cell"] == cell].iloc[0]) for cell in tones]
    labels.letters(every, "d", names, width=20)
    for axes, (cell, tone) in zip(every, tones.items(), strict=True):
        axes.axhline(1, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
        for measure, (words, dash) in BOUND.items():
            colour = palette.REFERENCE if measure == "bound" else tone
            estimates, runs = rows.levels(rows.where(panel, cell=cell, measure=measure))
            marks.trajectory(axes, estimates, runs, colour, dash=dash, markers=measure != "bound")
            end = marks.final(estimates, runs)
            if end and axes is every[-1]:
                labels.at_end(axes, *end, words, colour, width=12)
        scales.steps(axes, panel["step"].unique())
    lowest = min(panel["value"].min(), panel["low"].min(), 1 - LEAST)
    every[0].set_ylim(1 - 1.1 * (1 - lowest), 1 + 0.9 * (1 - lowest))
    every[0].set_ylabel("$L(t)$ / $L(0)$")


def _epsilon(axes: Axes, panel: pd.DataFrame, tones: Mapping[str, str]) -> None:
    """ε̂ against d: 0 would mean that the reverse loss never moves."""
    axes.set_xlabel("embedding width d")
    axes.set_ylabel("ε̂")
    axes.set_xscale("log", base=2)
    for cell, tone in tones.items():
        found = panel[panel["cell"] == cell]
        if found.empty:
            continue
        orthonormal = found["embedding"].iloc[0] == "orthonormal"
        marker, x = ("D", found["width"].iloc[0] * ASIDE) if orthonormal else ("o", found["width"].iloc[0])
        estimates, runs = rows.levels(found)
        places = x * 2.0 ** marks.jitter(len(runs), 0.4)
        marks.seeds(axes, places, runs["value"], runs["hollow"], tone, marker)
        for _, row in estimates.iterrows():
            interval = (row["low"], row["high"])
            marks.estimate(axes, x, row["value"], interval, tone, hollow=row["hollow"], marker=marker)
        if orthonormal:
            labels.at_end(axes, x, found["value"].mean(), "orthonormal", tone)
    gaussian = panel[panel["embedding"] == "gaussian"]
    widths = sorted((gaussian if len(gaussian) else panel)["width"].unique())
    axes.set_xticks(widths, [f"{width:.0f}" for width in widths])
    axes.xaxis.set_minor_locator(NullLocator())
    if len(panel):
        axes.set_xlim(panel["width"].min() / 1.5, panel["width"].max() * 1.7)
    top = panel[["value", "high"]].max().max()
    axes.set_ylim(-0.05 * top if top > 0 else -0.01, 1.08 * top if top > 0 else 0.1)
