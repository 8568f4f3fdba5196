"""P1's one-layer transformer: which of the two weights of a pair does training move, and which of the two losses?"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["dynamics"]
LATEX = False

WAYS = {"forward": ("A → B", "-"), "reverse": ("B → A", palette.DASHES[1])}
PANELS = {
    "a": ("weight", "weights", "logit over type's mean"),
    "b": ("loss", "losses", "−log p (nats)"),
}
TOGETHER = 0.06
"""A cell's two lines that end within this share of the axis of one another have one label."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    shown = rows.shown(rows.plain(tables["dynamics"]))
    return {panel: rows.where(shown, measure=[f"{stem}_{way}" for way in WAYS]) for panel, (stem, *_) in PANELS.items()}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    figure = style.figure(style.DOUBLE, 2.2)
    for axes, (panel, (stem, title, unit)) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        labels.letter(axes, panel, title)
        axes.set_ylabel(unit)
        _both_ways(axes, panels[panel], stem)
        scales.steps(axes, panels[panel]["step"].unique())
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _both_ways(axes: Axes, panel: pd.DataFrame, stem: str) -> None:
    """Each cell in its family's colour, A → B solid and B → A dashed."""
    ends = {}
    for _, cell in rows.cells(panel).iterrows():
        for way, (_, dash) in WAYS.items():
            estimates, runs = rows.levels(rows.where(panel, cell=cell["cell"], measure=f"{stem}_{way}"))
            marks.trajectory(axes, estimates, runs, palette.family(cell["family"]), dash=dash)
            ends[cell["cell"], way] = marks.final(estimates, runs)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    for _, cell in rows.cells(panel).iterrows():
        colour = palette.family(cell["family"])
        places = {way: end for way in WAYS if (end := ends[cell["cell"], way])}
        heights = [y for _, y in places.values()]
        if len(places) == len(WAYS) and max(heights) - min(heights) < TOGETHER * (high - low):
            x = max(x for x, _ in places.values())
            labels.at_end(axes, x, sum(heights) / len(heights), f"{cell['label']}, both ways", colour, width=24)
            continue
        for way, end in places.items():
            labels.at_end(axes, *end, f"{cell['label']}, {WAYS[way][0]}", colour, width=24)
