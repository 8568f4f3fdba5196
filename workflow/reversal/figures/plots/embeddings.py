"""Do the embeddings of A and its own B come to lie closer than those of A and other B?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["embeddings"]
LATEX = False

KINDS = {False: "pairs told one way", True: "pairs told both ways"}
COSINES = {"own": (1.0, "own B"), "others": (0.45, "other B")}
"""Measure → strength of the family's colour, words."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws; no panel for a kind of pairs that no text has."""
    shown = rows.shown(rows.plain(tables["embeddings"]))
    kinds = [kind for kind in KINDS if (shown["both_ways"] == kind).any()] or [False]
    cosines = rows.where(shown, measure=list(COSINES))
    last = rows.where(shown[shown["last"].eq(True)], measure="own_minus_others")
    return {KINDS[kind]: cosines[cosines["both_ways"] == kind] for kind in kinds} | {"difference": last}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["embeddings"]))
    figure = style.figure(style.DOUBLE, 2.0 + 0.12 * max(0, len(cells) - 4))
    every = figure.subplots(1, len(panels), width_ratios=[*[1] * (len(panels) - 1), 0.75])
    *over_training, last = every
    low, high = _ends([panel for name, panel in panels.items() if name != "difference"])
    for axes, sign, (title, panel) in zip(over_training, "ab", panels.items(), strict=False):
        labels.letter(axes, sign, title)
        axes.set_ylabel("cosine of embeddings")
        axes.set_ylim(low, high)
        _over_training(axes, panel, cells)
    labels.letter(last, "abc"[len(over_training)], "own − other B")
    _differences(last, panels["difference"], cells)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _ends(panels: list[pd.DataFrame]) -> tuple[float, float]:
    """One scale for all panels, symmetric about 0; a cosine of .1 is no small one, and is not blown up further."""
    largest = max((panel["value"].abs().max() for panel in panels if len(panel)), default=0)
    reach = max(0.1, 1.15 * largest)
    return -reach, reach


def _over_training(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    axes.axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    dashes = rows.dashes(cells)
    for _, cell in cells.iterrows():
        for measure, (strength, words) in COSINES.items():
            estimates, runs = rows.levels(rows.where(panel, cell=cell["cell"], measure=measure))
            colour = palette.tint(palette.family(cell["family"]), strength)
            marks.trajectory(axes, estimates, runs, colour, dash=dashes[cell["cell"]])
            end = marks.final(estimates, runs)
            if end:
                labels.at_end(axes, *end, f"{cell['label']}, {words}", palette.family(cell["family"]), width=22)
    scales.steps(axes, panel["step"].unique())


def _differences(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """A row a cell; pairs told one way above, those told both ways below, where there are both."""
    axes.axvline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    axes.set_xlabel("difference of cosines")
    axes.xaxis.set_major_locator(MaxNLocator(2, symmetric=True))
    for place, (_, cell) in enumerate(cells.iterrows()):
        colour = palette.family(cell["family"])
        both = panel.loc[panel["cell"] == cell["cell"], "both_ways"].nunique() > 1
        for kind, shift, words in ((False, 0.2 * both, "one way"), (True, -0.2 * both, "both ways")):
            found = panel[(panel["cell"] == cell["cell"]) & (panel["both_ways"] == kind)]
            marks.row(axes, found, shift - place, colour, spread=0.16)
            if both and len(found) and place == 0:
                labels.at_end(axes, axes.get_xlim()[1], shift - place, words, palette.REFERENCE, leader=False)
    axes.set_yticks(-np.arange(len(cells)), cells["label"])
    axes.set_ylim(-len(cells) + 0.45, 0.55)
    labels.in_colours(axes, cells["family"])
