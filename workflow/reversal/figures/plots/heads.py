"""What the heads of language models see: r of S_fwd and S_rev and attention on B, untrained and trained, and a wrong key's."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["head_correlation"]
LATEX = False

COLUMNS = {
    "r": ("wrong_r", labels.CORRELATION, ""),
    "weight_fwd": ("wrong_weight_fwd", "weight on B", "mask to B, source"),
    "weight_rev": ("wrong_weight_rev", "weight on B", "mask to B, reverse"),
}
"""Measure → the same with the wrong key, what its axis says, and its title."""
MANY = 24
"""Heads beyond which all of a layer stand at one place."""
ROW, HIGHEST = 1.45, 8.3
"""Heights of a cell's row, and of all of them at most, in inches."""
UNTRAINED = 0.7
"""Strength of the colour of what is untrained; single heads are tinted once more."""
APART = 0.19
"""From a place's middle to what is untrained on its left and trained on its right."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each column draws, all relations together; of the wrong key the trained estimates alone.

    A head has an estimate of its own where a cell is one run: two seeds' first heads have nothing to do with one another.
    Of several runs, or of many heads, the mean of a layer has one. Of one run intervals are over facts: seeds differ by more.
    """
    found = rows.where(rows.plain(tables["head_correlation"]), relation="all")
    shown = rows.shown(rows.by_unit(found, fewest=2))
    cells = shown.groupby("cell")
    many = cells[["layer", "head"]].transform("nunique").prod(axis=1) > MANY
    alone = (cells["seed"].transform("nunique") == 1) & ~many
    of_cell, of_head, of_all = shown["level"] == "cell", shown["head"].notna(), shown["layer"].isna()
    of_layer = ~of_head & ~of_all
    shown = shown[of_all | (of_head & (alone | ~of_cell)) | (of_layer & ~alone & (of_cell | ~many))]
    wrong = (shown["level"] == "cell") & shown["last"].eq(True)
    return {
        measure: shown[(shown["measure"] == measure) | ((shown["measure"] == beside) & wrong)]
        for measure, (beside, *_) in COLUMNS.items()
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide: a row a cell."""
    columns = select(tables)
    drawn = pd.concat(list(columns.values()))
    cells = rows.cells(drawn)
    count = max(len(cells), 1)
    figure = style.figure(style.DOUBLE, 0.6 + min(ROW * count, HIGHEST))
    grid = figure.subplots(count, len(COLUMNS), squeeze=False, width_ratios=[1.15, 1, 1])
    lowest = columns["r"]["value"].min() if len(drawn) else 0
    for axes, (_, _, title) in zip(grid[0], COLUMNS.values(), strict=True):
        axes.set_title(title)
    for one in grid:
        _scales(one, lowest)
    for line, (_, cell) in enumerate(cells.iterrows()):
        labels.letter(grid[line, 0], chr(ord("a") + line), cell["label"])
        for axes, (measure, panel) in zip(grid[line], columns.items(), strict=True):
            _cell(axes, panel[panel["cell"] == cell["cell"]], measure, palette.family(cell["family"]))
    _key(figure, drawn)
    labels.note(figure, rows.not_learnt([drawn]))
    return labels.settle(figure)


def _scales(line: Sequence[Axes], lowest: float) -> None:
    """What the vertical axes of a row of panels say."""
    for axes, (measure, (_, words, _)) in zip(line, COLUMNS.items(), strict=True):
        if measure == "r":
            scales.correlation(axes, "y", lowest)
            axes.axhline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
        else:
            scales.unit(axes, "y")
        axes.set_ylabel(words)


def _cell(axes: Axes, panel: pd.DataFrame, measure: str, colour: str) -> None:
    """Every head at its place, then the means; untrained light and to the left, trained dark and to the right."""
    places = _places(panel)
    about = panel.assign(place=[places[key] for key in _keys(panel)])
    for shift, tone, moment in (
        (-APART, palette.tint(colour, UNTRAINED), ~about["last"].eq(True)),
        (APART, colour, about["last"].eq(True)),
    ):
        estimates, runs = rows.levels(rows.where(about[moment], measure=measure))
        spread = marks.jitter(len(runs), 0.22)
        marks.seeds(axes, runs["place"] + shift + spread, runs["value"], runs["hollow"], tone)
        for _, one in estimates.iterrows():
            ends = (one["low"], one["high"])
            marks.estimate(axes, one["place"] + shift, one["value"], ends, tone, hollow=one["hollow"], size=3.4)
    for _, one in about[about["measure"] != measure].iterrows():
        ends = [one["place"] - 0.42, one["place"] + 0.42]
        axes.plot(ends, [one["value"]] * 2, color=palette.REFERENCE, linewidth=0.9, zorder=2.5, label="_reference")
    _ticks(axes, places)


def _keys(panel: pd.DataFrame) -> list[tuple[float, float]]:
    """Layer and head of each row, infinite for a mean over them: means come last."""
    return list(panel[["layer", "head"]].astype("float64").fillna(np.inf).itertuples(index=False, name=None))


def _places(panel: pd.DataFrame) -> dict[tuple[float, float], float]:
    """Where each head stands, with room between layers; of many heads all of a layer at one place. The mean comes last."""
    keys = sorted(set(_keys(panel)))
    many = sum(np.isfinite(head) for _, head in keys) > MANY
    found: dict[tuple[float, float], float] = {}
    place, before = -1.0, None
    for layer, head in keys:
        if layer != before:
            gap = max(1.6, 0.08 * place) if np.isinf(layer) else 1.6
            place += 1.0 if before is None or (many and np.isfinite(layer)) else gap
        elif not many:
            place += 1.0
        before, found[layer, head] = layer, place
    return found


def _ticks(axes: Axes, places: Mapping[tuple[float, float], float]) -> None:
    """The layers' numbers, from 1, below their middles."""
    middles: dict[float, list[float]] = {}
    for (layer, _), place in places.items():
        middles.setdefault(layer, []).append(place)
    many = len(middles) > 8
    named = [layer for layer in middles if np.isinf(layer) or not many or layer % 4 == 0]
    words = ["mean" if np.isinf(layer) else f"{layer + 1:.0f}" if many else f"layer {layer + 1:.0f}" for layer in named]
    axes.set_xlabel("layer" if many else "")
    axes.set_xticks([float(np.mean(middles[layer])) for layer in named], words)
    axes.tick_params(axis="x", length=0)
    if places:
        axes.set_xlim(-0.8, max(places.values()) + 0.8)


def _key(figure: Figure, drawn: pd.DataFrame) -> None:
    """What the marks of all panels are: these have no one place where a direct label would stand."""
    tones = [("untrained", palette.tint(palette.INK, UNTRAINED)), ("trained", palette.INK)]
    if drawn["last"].all():  # a published checkpoint is known as it is alone
        del tones[0]
    dots = [Line2D([], [], color=tone, marker="o", markersize=2.6, linewidth=0, label=words) for words, tone in tones]
    wrong = Line2D([], [], color=palette.REFERENCE, linewidth=0.9, label="trained, with the key of another fact")
    figure.legend(
        handles=[*dots, wrong], loc="outside upper left", ncols=len(tones) + 1, columnspacing=1.4, handlelength=1.6
    )
