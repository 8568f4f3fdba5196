"""Does lowering the trained loss lower L_rev? Cosines of the two gradients, and what single steps really did."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["alignment"]
LATEX = False

GROUPS = {
    "all": "all",
    "embedding": "embedding",
    "position": "position",
    "query_key": "query/key",
    "value_output": "value/output",
    "mlp": "MLP",
    "unembedding": "unembedding",
    "norm": "norm",
}
STEPS = {
    "d": ("one plain gradient step", "predicted_rev", "measured_rev"),
    "e": ("AdamW's own step", "optimiser_predicted_rev", "optimiser_measured_rev"),
}
PAIRS = {"matched": "-", "mismatched": palette.DASHES[2]}
STEEP = 3
"""Ratios beyond this, where the trained loss is all but gone, need a logarithmic axis beyond ±1."""
NARROWEST = 0.01
"""Changes below this share of the largest are on the linear part of the axis."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws; panel a is of the reference cell only, an MDM where there is one."""
    shown = rows.shown(rows.plain(tables["alignment"]))
    cells = rows.cells(shown)
    reference = list(cells["cell"].head(1))
    whole = rows.where(shown, group="all")
    single = whole[whole["level"] == "run"]
    by_group = rows.where(shown, cell=reference, measure="cosine", group=list(GROUPS))
    return {
        "a": by_group[(by_group["level"] == "cell") | (by_group["group"] == "all")],
        "b": rows.where(whole, measure="cosine"),
        "c": rows.where(whole[whole["level"] == "cell"], measure=list(PAIRS)),
        **{sign: rows.where(single, measure=list(measures)) for sign, (_, *measures) in STEPS.items()},
        "f": rows.where(whole, measure="reverse_per_forward"),
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["alignment"]))
    figure = style.figure(style.DOUBLE, 4.2)
    axes = dict(zip("abcdef", figure.subplots(2, 3).flat, strict=True))
    titles = {"a": f"{' '.join(cells['label'].head(1))}, by parameters", "b": "all parameters", "c": "by pair"}
    titles |= {"f": "per unit of trained loss"} | {sign: title for sign, (title, *_) in STEPS.items()}
    for sign, title in titles.items():
        labels.letter(axes[sign], sign, title)
    for sign, words in {
        "a": "cosine",
        "b": "cosine",
        "c": "cosine",
        "f": f"Δ{labels.REVERSE_LOSS} / Δ$L$ of the step",
    }.items():
        axes[sign].set_ylabel(words)
        axes[sign].axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    _by_group(axes["a"], panels["a"])
    marks.by_cell(axes["b"], panels["b"], cells)
    _by_pair(axes["c"], panels["c"], cells)
    marks.by_cell(axes["f"], panels["f"], cells)
    if panels["f"]["value"].abs().max() > STEEP:
        axes["f"].set_yscale("symlog", linthresh=1, linscale=0.8)
    for sign in "abcf":
        scales.steps(axes[sign], panels[sign]["step"].unique())
    for sign, (_, predicted, measured) in STEPS.items():
        _step(axes[sign], panels[sign], cells, predicted, measured)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _by_group(axes: Axes, panel: pd.DataFrame) -> None:
    """The reference cell: all parameters in the family's colour, the groups in greys with dashes of their own."""
    present = [group for group in GROUPS if (panel["group"] == group).any()]
    greys = palette.ramp(palette.REFERENCE, len(present))
    for index, group in enumerate(present):
        found = panel[panel["group"] == group]
        estimates, runs = rows.levels(found)
        whole = group == "all"
        colour = palette.family(found["family"].iloc[0]) if whole else greys[index]
        dash = "-" if whole else palette.DASHES[(index - 1) % len(palette.DASHES)]
        marks.trajectory(axes, estimates, runs, colour, dash=dash, width=1.6 if whole else 1)
        end = marks.final(estimates, runs)
        if end:
            labels.at_end(axes, *end, GROUPS[group], colour)


def _by_pair(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Gradients of the same pair and of two different pairs; only the first cell's labels say which is which."""
    words = {"matched": "{}, matched", "mismatched": "{}, mismatched"}
    for measure, dash in PAIRS.items():
        found = rows.where(panel, measure=measure)
        for index, (_, cell) in enumerate(cells.iterrows()):
            named = (
                words[measure].format(cell["label"]) if index == 0 else cell["label"] if measure == "matched" else ""
            )
            marks.of_cell(axes, found, cell, dash, named)


def _step(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, predicted: str, measured: str) -> None:
    """Every run at every checkpoint: ΔL_rev measured against its prediction to first order."""
    axes.set_xlabel(f"Δ{labels.REVERSE_LOSS} predicted (nats)")
    axes.set_ylabel(f"Δ{labels.REVERSE_LOSS} measured (nats)")
    paired = rows.beside(panel, predicted, measured, ["cell", "seed", "step"])
    largest = paired[["value", "x_value"]].abs().max().max()
    if paired.empty or not largest > 0:
        labels.nothing(axes)
        return
    scales.signed(axes, largest, NARROWEST * largest)
    ends = [-largest * 1.8, largest * 1.8]
    axes.plot(ends, ends, **palette.PEN, zorder=0.5, label="_reference")
    axes.set(xlim=ends, ylim=ends)
    labels.at_end(axes, ends[1], 0.5 * largest, "as predicted", palette.REFERENCE, leader=False)
    for _, cell in cells.iterrows():
        found, colour = paired[paired["cell"] == cell["cell"]], palette.family(cell["family"])
        marks.seeds(axes, found["x_value"], found["value"], found["hollow"], colour)
        if len(found):
            labels.at_end(axes, ends[1], float(np.median(found["value"])), cell["label"], colour, leader=False)
