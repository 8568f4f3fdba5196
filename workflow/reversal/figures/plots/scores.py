"""S_fwd and S_rev: their correlation before and after training, over training, and over the distance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["correlation"]
LATEX = False

REFERENCES = {
    "expected": ("expected", (0, (4, 1.5))),
    "isotropic": ("isotropic keys", (0, (1, 1))),
    "conditional": ("conditional", "-"),
    "identical": ("by construction", "-"),
}
"""What positions alone would give: measure → word and dash."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: the mean over the first layer's heads."""
    correlation = rows.where(rows.plain(tables["correlation"]), layer=0, head=None)
    shown = rows.shown(correlation)
    ends = shown[(shown["step"] == 0) | shown["last"].eq(True)]
    own = ends[ends["own_distance"].eq(True)]
    over_training = rows.where(shown[shown["own_distance"].eq(True)], measure="pearson")
    wanted = ends["measure"].isin(["pearson", *REFERENCES])
    return {
        "a": rows.where(own, measure=["pearson", "conditional"]),
        "b": over_training,
        "c": ends[wanted & ((ends["measure"] == "pearson") | (ends["level"] == "cell"))],
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["correlation"]))
    figure = style.figure(style.DOUBLE, 4.3)
    above, below = figure.subfigures(2, 1, height_ratios=[1, 0.9])
    first, second = above.subplots(1, 2, width_ratios=[1, 1.15])
    _before_and_after(first, panels["a"], cells)
    _over_training(second, panels["b"], cells)
    _over_distance(below, panels["c"], cells)
    labels.note(below, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _before_and_after(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """A row a cell: from initial (light) to trained (full), every seed's points, the conditional reference a tick."""
    labels.letter(axes, "a", "r at the told distance, initial → trained")
    scales.correlation(axes)
    axes.set_xlabel("r of S_fwd and S_rev over pairs")
    axes.axvline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    r = rows.where(panel, measure="pearson")
    for place, (_, cell) in enumerate(cells.iterrows()):
        found, colour = r[r["cell"] == cell["cell"]], palette.family(cell["family"])
        reference = rows.where(panel, measure="conditional", cell=cell["cell"], level="cell")
        for _, row in reference.iterrows():
            y = -place + (0.16 if row["step"] == 0 else -0.16)
            axes.plot(
                [row["value"]] * 2, [y - 0.17, y + 0.17], color=palette.INK, linewidth=0.9, zorder=5, label="_reference"
            )
        for moment, shift, tone in (
            (found[found["step"] == 0], 0.16, palette.tint(colour, 0.5)),
            (found[found["step"] > 0], -0.16, colour),
        ):
            runs = moment[moment["level"] == "run"].sort_values("seed")
            marks.seeds(axes, runs["value"], -place + shift + marks.jitter(len(runs), 0.16), runs["hollow"], tone)
            for _, row in moment[moment["level"] == "cell"].iterrows():
                marks.estimate(
                    axes, row["value"], -place + shift, (row["low"], row["high"]), tone, along="x", hollow=row["hollow"]
                )
    axes.set_yticks(-np.arange(len(cells)), cells["label"])
    axes.set_ylim(-len(cells) + 0.4, 0.6)
    axes.tick_params(axis="y", length=0)
    for tick, family in zip(axes.get_yticklabels(), cells["family"], strict=True):
        tick.set_color(palette.shade(palette.family(family), 0.85))


def _over_training(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    labels.letter(axes, "b", "over training")
    scales.correlation(axes, "y")
    axes.set_ylabel("r")
    dashes = rows.dashes(cells)
    for _, cell in cells.iterrows():
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
        marks.trajectory(axes, estimates, runs, colour, dash=dashes[cell["cell"]])
        end = marks.final(estimates, runs)
        if end:
            labels.at_end(axes, *end, cell["label"], colour)
    scales.steps(axes, panel["step"].unique())
    axes.axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")


def _over_distance(figure: Figure, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """A panel a cell: r over Δ, initial and trained, beside what positions alone would give."""
    axes = np.atleast_1d(figure.subplots(1, len(cells), sharey=True))
    for index, (one, (_, cell)) in enumerate(zip(axes, cells.iterrows(), strict=True)):
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        _references(one, found)
        r = rows.where(found, measure="pearson")
        for moment, tone, word in (
            (r[r["step"] == 0], palette.tint(colour, 0.5), "initial"),
            (r[r["step"] > 0], colour, "trained"),
        ):
            estimates, runs = moment[moment["level"] == "cell"], moment[moment["level"] == "run"]
            marks.trajectory(one, estimates, runs, tone, x="distance")
        one.set_xticks(sorted(found["distance"].unique()))
        one.set_xlabel("Δ")
        title = f"{cell['label']}"
        labels.letter(one, "cdefghijklm"[index], title)
        scales.correlation(one, "y")
    axes[0].set_ylabel("r")


def _references(axes: Axes, found: pd.DataFrame) -> None:
    """References at initialisation, and the conditional one after training too."""
    for measure, (_word, dash) in REFERENCES.items():
        line = rows.where(found, measure=measure, level="cell")
        for step, some in line.groupby("step"):
            if step == 0 or measure == "conditional":
                some = some.sort_values("distance")
                axes.plot(
                    some["distance"],
                    some["value"],
                    color=palette.REFERENCE,
                    linestyle=dash,
                    linewidth=0.8,
                    zorder=5,
                    label="_reference",
                )
