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


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws; the first is of the reference cell only, an MDM where there is one."""
    shown = rows.shown(rows.plain(tables["alignment"]))
    whole = rows.where(shown, group="all")
    cells = rows.cells(shown)
    reference = cells["cell"].iloc[0] if len(cells) else None
    by_run = whole[whole["level"] == "run"]
    return {
        "a": rows.where(shown[shown["cell"] == reference], measure="cosine", group=list(GROUPS)),
        "b": rows.where(whole, measure="cosine"),
        "c": rows.where(whole, measure=["matched", "mismatched"]),
        **{sign: rows.where(by_run, measure=list(measures)) for sign, (_, *measures) in STEPS.items()},
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
    name = cells["label"].iloc[0] if len(cells) else ""
    labels.letter(axes["a"], "a", f"by group of parameters, {name}")
    labels.letter(axes["b"], "b", "all parameters")
    labels.letter(axes["c"], "c", "one pair's gradients")
    labels.letter(axes["f"], "f", "what one plain step gives")
    _by_group(axes["a"], panels["a"])
    _by_cell(axes["b"], panels["b"], cells)
    _by_pair(axes["c"], panels["c"], cells)
    for sign, (title, predicted, measured) in STEPS.items():
        labels.letter(axes[sign], sign, title)
        _step(axes[sign], panels[sign], cells, predicted, measured)
    _by_cell(axes["f"], panels["f"], cells)
    for sign, words in {
        "a": "cos(∇L_fwd, ∇L_rev)",
        "b": "cos(∇L_fwd, ∇L_rev)",
        "c": "cosine",
        "f": "ΔL_rev / ΔL_fwd",
    }.items():
        axes[sign].set_ylabel(words)
        scales.steps(axes[sign], panels[sign]["step"].unique())
        axes[sign].axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _by_group(axes: Axes, panel: pd.DataFrame) -> None:
    """The reference cell: all parameters in the family's colour, the groups in greys with dashes of their own."""
    present = [group for group in GROUPS if (panel["group"] == group).any()]
    greys = palette.ramp("#606060", max(len(present) - 1, 1))
    for index, group in enumerate(present):
        found = panel[panel["group"] == group]
        estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
        whole = group == "all"
        colour = palette.family(found["family"].iloc[0]) if whole else greys[index - 1]
        dash = "-" if whole else palette.DASHES[(index - 1) % len(palette.DASHES)]
        marks.trajectory(
            axes, estimates, runs if whole else runs.iloc[:0], colour, dash=dash, width=1.6 if whole else 1
        )
        end = marks.final(estimates, runs)
        if end:
            labels.at_end(axes, *end, GROUPS[group], colour)


def _by_cell(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    dashes = rows.dashes(cells)
    for _, cell in cells.iterrows():
        found, colour = panel[panel["cell"] == cell["cell"]], palette.family(cell["family"])
        estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
        marks.trajectory(axes, estimates, runs, colour, dash=dashes[cell["cell"]])
        end = marks.final(estimates, runs)
        if end:
            labels.at_end(axes, *end, cell["label"], colour)


def _by_pair(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Gradients of the same pair (solid) and of two different pairs (dotted)."""
    for _, cell in cells.iterrows():
        colour = palette.family(cell["family"])
        for measure, dash in (("matched", "-"), ("mismatched", palette.DASHES[2])):
            found = rows.where(panel, cell=cell["cell"], measure=measure)
            estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
            marks.trajectory(axes, estimates, runs.iloc[:0], colour, dash=dash)
            end = marks.final(estimates, runs)
            if end:
                labels.at_end(axes, *end, f"{cell['label']}, {measure}", colour)


def _step(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, predicted: str, measured: str) -> None:
    """Every run at every checkpoint: ΔL_rev measured against its prediction to first order."""
    axes.set_xlabel("predicted ΔL_rev (nats)")
    axes.set_ylabel("measured ΔL_rev (nats)")
    paired = rows.beside(panel, predicted, measured, ["cell", "seed", "step"])
    if paired.empty:
        labels.nothing(axes)
        return
    sizes = paired[["value", "x_value"]].abs().to_numpy()
    largest = float(sizes.max()) or 1.0
    small = max(float(np.quantile(sizes, 0.2)), largest * 1e-5)
    for direction in ("x", "y"):
        getattr(axes, f"set_{direction}scale")("symlog", linthresh=small, linscale=0.5)
    ends = [-largest * 1.6, largest * 1.6]
    axes.plot(ends, ends, color=palette.REFERENCE, linewidth=0.7, linestyle=(0, (3, 2)), zorder=0.5, label="_reference")
    for _, cell in cells.iterrows():
        found, colour = paired[paired["cell"] == cell["cell"]], palette.family(cell["family"])
        marks.seeds(axes, found["x_value"], found["value"], found["hollow"], colour)
