"""S_fwd and S_rev: their correlation before and after training, over training, of increments, by head, over the distance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["correlation"]
LATEX = False

REFERENCES = {
    "expected": ("expected ρ(Δ)", palette.DASHES[3]),
    "isotropic": ("own query, isotropic keys", palette.DASHES[2]),
    "conditional": ("own query and keys", palette.DASHES[4]),
    "identical": ("1 by construction", palette.DASHES[1]),
}
"""What positions alone would give: measure → words, dash."""
MOVING = ("isotropic", "conditional")
"""References that training moves, since they know the head's own query; the others are drawn at step 0."""
HEADS = {"isotropic": "r owed to query, isotropic keys", "conditional": "r owed to query and keys"}
"""References that each head's r is held against, and what their axis says."""
ROW = 6
"""Most panels beside one another."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: the mean over the first layer's heads, and in `heads` each of them, run by run."""
    first = rows.where(rows.plain(tables["correlation"]), layer=0)
    shown = rows.shown(rows.where(first, head=None))
    heads = rows.runs(rows.where(first[first["head"].notna()], own_distance=True, measure=["pearson", *HEADS]))
    ends = shown[(shown["step"] == 0) | shown["last"].eq(True)]
    measure, estimate = ends["measure"], ends["level"] == "cell"
    moving = measure.isin(MOVING) & estimate
    still = measure.isin(REFERENCES) & estimate & (ends["step"] == 0)
    told = ends["own_distance"].eq(True)
    return {
        "a": ends[told & ((measure == "pearson") | ((measure == "isotropic") & estimate))],
        "b": rows.where(shown, own_distance=True, measure="pearson"),
        "c": rows.where(shown, own_distance=True, measure="increment"),
        "heads": heads[(heads["step"] == 0) | heads["last"].eq(True)],
        "distances": ends[(measure == "pearson") | moving | still],
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["correlation"]))
    lowest = min((panel["value"].min() for panel in panels.values() if len(panel)), default=0)
    lines = -(-len(cells) // ROW) or 1
    figure = style.figure(style.DOUBLE, 4.3 + 1.8 * lines)
    above, middle, below = figure.subfigures(3, 1, height_ratios=[2.1, 2.0, 2.0 * lines])
    first, second = above.subplots(1, 2, width_ratios=[1, 1.1])
    _before_and_after(first, panels["a"], cells, lowest)
    labels.letter(second, "b", "over training")
    _over_training(second, panels["b"], cells, lowest)
    third, *by_head = middle.subplots(1, 3, width_ratios=[1.15, 1, 1])
    labels.letter(third, "c", "increments since step 0")
    _over_training(third, panels["c"], cells, lowest)
    for axes, sign, measure in zip(by_head, "de", HEADS, strict=True):
        labels.letter(axes, sign, "head by head")
        _by_head(axes, panels["heads"], measure, cells, lowest)
    if len(cells):
        _over_distance(below, panels["distances"], cells, lowest, lines)
    labels.note(below, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _moments(r: pd.DataFrame, colour: str) -> tuple[tuple[pd.DataFrame, str], tuple[pd.DataFrame, str]]:
    """Rows before training in a light tone, rows after it in the full one."""
    return (r[r["step"] == 0], palette.tint(colour, 0.5)), (r[r["step"] > 0], colour)


def _before_and_after(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, lowest: float) -> None:
    """A row a cell: initial above (light), trained below (full), every seed's point, the isotropic reference a bar."""
    labels.letter(axes, "a", "initial and trained")
    scales.correlation(axes, lowest=lowest)
    axes.set_xlabel(f"{labels.CORRELATION} (bar: isotropic keys)")
    axes.axvline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    for place, (_, cell) in enumerate(cells.iterrows()):
        found = panel[panel["cell"] == cell["cell"]]
        r, reference = rows.where(found, measure="pearson"), rows.where(found, measure="isotropic")
        for shift, (moment, tone) in zip((0.17, -0.21), _moments(r, palette.family(cell["family"])), strict=True):
            y = -place + shift
            marks.row(axes, moment, y, tone)
            for value in reference.loc[reference["step"].isin(moment["step"].unique()), "value"]:
                ends = [y - 0.16, y + 0.16]
                axes.plot([value] * 2, ends, color=palette.INK, linewidth=1, zorder=5, label="_reference")
    axes.set_yticks(-np.arange(len(cells)), cells["label"])
    axes.set_ylim(-len(cells) + 0.45, 0.55)
    labels.in_colours(axes, cells["family"])


def _over_training(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, lowest: float) -> None:
    scales.correlation(axes, "y", lowest)
    axes.set_ylabel(labels.CORRELATION)
    marks.by_cell(axes, panel, cells)
    scales.steps(axes, panel["step"].unique())
    axes.axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")


def _by_head(axes: Axes, panel: pd.DataFrame, reference: str, cells: pd.DataFrame, lowest: float) -> None:
    """Every head of every run: its r against what its own query, or query and keys, owe; initial light, trained full."""
    for direction in "xy":
        scales.correlation(axes, direction, lowest)
    axes.set_xlabel(HEADS[reference])
    axes.set_ylabel("r of the head")
    axes.plot([-1, 1], [-1, 1], **palette.PEN, zorder=0.5, label="_reference")
    paired = rows.beside(panel, reference, "pearson", ["cell", "seed", "head", "step"])
    for _, cell in cells.iterrows():
        for moment, tone in _moments(paired[paired["cell"] == cell["cell"]], palette.family(cell["family"])):
            marks.seeds(axes, moment["x_value"], moment["value"], moment["hollow"], tone)


def _over_distance(figure: SubFigure, panel: pd.DataFrame, cells: pd.DataFrame, lowest: float, lines: int) -> None:
    """A panel a cell: r over Δ, initial and trained, beside what positions alone would give."""
    grid = figure.subplots(lines, min(len(cells), ROW), sharey=True, squeeze=False)
    axes = grid.flat[: len(cells)]
    for unused in grid.flat[len(cells) :]:
        unused.remove()
    labels.letters(axes, "f", cells["label"], width=15)
    for one, (_, cell) in zip(axes, cells.iterrows(), strict=True):
        found = panel[panel["cell"] == cell["cell"]]
        for moment, tone in _moments(rows.where(found, measure="pearson"), palette.family(cell["family"])):
            marks.trajectory(one, *rows.levels(moment), tone, x="distance")
        for measure, (_, dash) in REFERENCES.items():
            for moment, tone in _moments(rows.where(found, measure=measure), palette.INK):
                _reference(one, moment, dash, tone)
        one.set_xticks(sorted(found["distance"].unique()))
        one.set_xlabel("Δ")
    scales.correlation(axes[0], "y", lowest)
    for one in grid[:, 0]:
        one.set_ylabel(labels.CORRELATION)
    _key(figure, panel)


def _reference(axes: Axes, line: pd.DataFrame, dash: object, colour: str) -> None:
    line = line.sort_values("distance")
    pen = {"color": colour, "linestyle": dash, "linewidth": 0.9}
    axes.plot(line["distance"], line["value"], **pen, zorder=5, label="_reference")


def _key(figure: SubFigure, panel: pd.DataFrame) -> None:
    """What the lines of all panels are: these have no one place where a direct label would stand."""
    tones = (("initial", palette.tint(palette.INK, 0.5)), ("trained", palette.INK))
    dots = [Line2D([], [], color=tone, marker="o", markersize=2.6, label=words) for words, tone in tones]
    lines = [
        Line2D([], [], color=tones[measure in MOVING][1], linestyle=dash, linewidth=0.9, label=words)
        for measure, (words, dash) in REFERENCES.items()
        if (panel["measure"] == measure).any()
    ]
    handles = [*dots, *lines]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), columnspacing=1.4, handlelength=2.2)
