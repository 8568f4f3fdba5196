"""Attention at the mask over training: does the weight on B rise, and does it fall again?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["mask"]
LATEX = False

QUERIES = {"source": "source query", "reverse": "reverse query"}
DIFFERENCES = {"peak_minus_initial": ("rise", 0.2, "o"), "peak_minus_final": ("fall", -0.2, "v")}
"""What is told of the peak: measure → word, place above or below the cell's line, mark."""
LAYERS = 4
"""Of deeper models this many are drawn, evenly spaced, the first and the last among them."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: three panels a layer."""
    shown = rows.shown(rows.plain(tables["mask"]))
    panels = {}
    for layer in _layers(shown):
        of_layer = rows.where(shown, layer=layer)
        for query in QUERIES:
            panels[f"{query}, layer {layer}"] = rows.where(of_layer, query=query, measure="weight")
        panels[f"differences, layer {layer}"] = rows.where(of_layer, query="source", measure=list(DIFFERENCES))
    return panels


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    panels = select(tables)
    return rows.numbers(panels or {"source": rows.shown(rows.plain(tables["mask"]))})


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide, with a row a layer."""
    panels = select(tables)
    every = rows.plain(tables["mask"])
    layers = _layers(every) or [0]
    heights = [1.15 + 0.16 * max(5, len(rows.cells(rows.where(every, layer=layer)))) for layer in layers]
    figure = style.figure(style.DOUBLE, sum(heights))
    grid = figure.subplots(len(layers), 3, squeeze=False, width_ratios=[1, 1, 0.8], height_ratios=heights)
    signs = iter("abcdefghijkl")
    dashes = rows.dashes(rows.cells(every))  # a cell has one in all rows, whatever cells have the layer
    for of_layer, layer in zip(grid, layers, strict=True):
        cells = rows.cells(rows.where(every, layer=layer))
        where = f", layer {layer + 1}" if len(layers) > 1 else ""
        for axes, (query, words) in zip(of_layer, QUERIES.items(), strict=False):
            labels.letter(axes, next(signs), words + where)
            _over_training(axes, panels.get(f"{query}, layer {layer}", every), cells, dashes)
        labels.letter(of_layer[2], next(signs), "source query's peak")
        _differences(of_layer[2], panels.get(f"differences, layer {layer}", every), cells)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _layers(table: pd.DataFrame) -> list[int]:
    found = sorted(int(layer) for layer in table["layer"].unique())
    chosen = np.linspace(0, len(found) - 1, min(LAYERS, len(found))).round().astype(int)
    return [found[place] for place in chosen]


def _over_training(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, dashes: Mapping[str, object]) -> None:
    scales.unit(axes)
    axes.set_ylabel("weight from [M] to B")
    marks.by_cell(axes, panel, cells, dashes)
    scales.steps(axes, panel["step"].unique())


def _differences(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """A row a cell: by how much the weight rose to its peak, above, and fell from it, below; every seed's point."""
    axes.axvline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    axes.set_xlabel("difference of weights")
    for place, (_, cell) in enumerate(cells.iterrows()):
        colour = palette.family(cell["family"])
        for measure, (word, shift, marker) in DIFFERENCES.items():
            found = rows.where(panel, cell=cell["cell"], measure=measure)
            marks.row(axes, found, shift - place, colour, marker=marker)
            if place == 0 and len(found):
                end = max(panel["value"].max(), panel["high"].max())
                labels.at_end(axes, end, shift - place, word, palette.REFERENCE, leader=False)
    axes.set_yticks(-np.arange(len(cells)), ["\n".join(_wrapped(label)) for label in cells["label"]])
    axes.set_ylim(-len(cells) + 0.45, 0.55)
    labels.in_colours(axes, cells["family"])


def _wrapped(label: str) -> list[str]:
    return label.split(", ", 1)
