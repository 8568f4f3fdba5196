"""P1's bilinear model: training raises the weight from A to B; does anything raise the one from B to A?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["dynamics"]
LATEX = False

COLOUR = palette.family("bilinear")
WAYS = {"forward": ("A → B", "-"), "reverse": ("B → A", palette.DASHES[1])}


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    shown = rows.shown(rows.plain(tables["dynamics"]))
    return {
        "a": rows.where(shown, measure=["weight_forward", "weight_reverse"]),
        "b": rows.where(shown, measure=["ratio_forward", "ratio_reverse"]),
        "c": rows.where(shown[shown["last"].eq(True)], measure="epsilon"),
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    tones = _tones(rows.plain(tables["dynamics"]))
    figure = style.figure(style.DOUBLE, 2.3)
    first, second, third = figure.subplots(1, 3, width_ratios=[1.1, 1.1, 0.9])
    labels.letter(first, "a", "weights")
    labels.letter(second, "b", "losses")
    labels.letter(third, "c", "leak to the reverse")
    first.set_ylabel("logit over the mean of its type")
    second.set_ylabel("L(t) / L(0)")
    for axes, panel, stem in ((first, panels["a"], "weight"), (second, panels["b"], "ratio")):
        _both_ways(axes, panel, tones, stem)
        scales.steps(axes, panel["step"].unique())
    second.set_ylim(bottom=0)
    _epsilon(third, panels["c"], tones)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _tones(dynamics: pd.DataFrame) -> dict[str, str]:
    """The family's colour by cell: Gaussian embeddings darker with their width, orthonormal ones in ink."""
    cells = dynamics[["cell", "width", "embedding"]].drop_duplicates("cell").sort_values("width")
    gaussian = cells[cells["embedding"] == "gaussian"]["cell"]
    tones = dict(zip(gaussian, palette.ramp(COLOUR, max(len(gaussian), 1)), strict=False))
    return {cell: tones.get(cell, palette.INK) for cell in cells["cell"]}


def _both_ways(axes: Axes, panel: pd.DataFrame, tones: Mapping[str, str], stem: str) -> None:
    for cell, tone in tones.items():
        for way, (word, dash) in WAYS.items():
            found = rows.where(panel, cell=cell, measure=f"{stem}_{way}")
            estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
            marks.trajectory(axes, estimates, runs, tone, dash=dash)
            end = marks.final(estimates, runs)
            if end:
                labels.at_end(axes, *end, f"{word}, {found['label'].iloc[0]}", tone, width=30)


def _epsilon(axes: Axes, panel: pd.DataFrame, tones: Mapping[str, str]) -> None:
    """ε̂ against d: 0 would mean that the reverse loss never moves."""
    axes.set_xlabel("embedding width d")
    axes.set_ylabel("ε̂")
    axes.set_xscale("log", base=2)
    for cell, tone in tones.items():
        found = panel[panel["cell"] == cell]
        runs = found[found["level"] == "run"].sort_values("seed")
        marker = "D" if (found["embedding"] == "orthonormal").any() else "o"
        marks.seeds(
            axes, runs["width"] * 2.0 ** marks.jitter(len(runs), 0.4), runs["value"], runs["hollow"], tone, marker
        )
        for _, row in found[found["level"] == "cell"].iterrows():
            marks.estimate(
                axes, row["width"], row["value"], (row["low"], row["high"]), tone, hollow=row["hollow"], marker=marker
            )
        if marker == "D" and len(found):
            axes.annotate(
                "orthonormal",
                (found["width"].iloc[0], found["value"].mean()),
                (0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
                color=tone,
            )
    widths = sorted(panel["width"].unique())
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.xaxis.set_minor_locator(NullLocator())
    if len(widths):
        axes.set_xlim(widths[0] / 1.6, widths[-1] * 1.6)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.02 * (high - low)), high)
    assert np.isfinite(axes.get_ylim()).all()
