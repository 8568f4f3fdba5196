"""What carries reversal? `reverse` against each rival, a point a cell, and how the rivals rank the cells."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["mediation"]
LATEX = False

OUTCOME = "reverse_candidate_probability"
MEDIATORS = {
    "r_initial": "r, initial",
    "r_trained": "r, trained",
    "weight_rev": "attention on B",
    "cosine_initial": "gradient cosine, initial",
}
"""In the order of the panels; the cosine while fitting is in the correlations too."""
RANKED = {**MEDIATORS, "cosine_fitting": "gradient cosine, fitting"}
SIGNATURES = {
    "r_initial": "scores", "r_trained": "scores", "weight_rev": "attention",
    "cosine_initial": "gradients", "cosine_fitting": "gradients",
}  # fmt: skip
"""What each is a measure of: holding one fixed says something of another signature only."""
SHAPES = {"plain": "o", "dose": "v", "alias": "s", "by_position": "D"}
KINDS = {"plain": "plain", "dose": "dose", "alias": "alias", "by_position": "own weights by position"}
SAME = "P"
"""The shape of a cell that reverses by construction, whatever else sets its r."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    shown = rows.shown(rows.plain(tables["mediation"]))
    cells = shown[shown["outcome"].isna()]
    over = shown[shown["outcome"].notna() & shown["family"].isna()]
    points = {
        sign: rows.where(cells, measure=[OUTCOME, mediator]) for sign, mediator in zip("abcd", MEDIATORS, strict=True)
    }
    return points | {
        "e": _told(over[over["outcome"] == OUTCOME]),
        "f": _told(over[over["outcome"] == "source_nll"]),
    }


def _told(over: pd.DataFrame) -> pd.DataFrame:
    """Correlations over cells, of every seed; and for rivals of another signature the estimates given each."""
    alone = over["given"] == "nothing"
    rival = over["given"].isin(list(MEDIATORS)) & (over["given"].map(SIGNATURES) != over["mediator"].map(SIGNATURES))
    return over[alone | ((over["level"] == "cell") & rival)]


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    figure = style.figure(style.DOUBLE, 5.3)
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.45])
    first = above.subplots(1, len(MEDIATORS), sharey=True)
    for axes, sign, mediator in zip(first, panels, MEDIATORS, strict=False):
        labels.letter(axes, sign, RANKED[mediator])
        _points(axes, panels[sign], mediator)
    first[0].set_ylabel(labels.REVERSE)
    _families(first[-1], panels["d"], "cosine_initial")
    _key(above, panels["a"])
    second = below.subplots(1, 2, sharey=True)
    for axes, sign, words in zip(second, "ef", ("p(reverse)", "the loss of source, a control"), strict=True):
        labels.letter(axes, sign, f"over cells, with {words}")
        _ranked(axes, panels[sign])
    labels.note(below, rows.not_learnt(panels[sign] for sign in "abcd"))
    return labels.settle(figure)


def _paired(panel: pd.DataFrame, mediator: str) -> pd.DataFrame:
    paired = rows.beside(panel, mediator, OUTCOME, ["level", "cell", "seed"])
    shapes = paired["kind"].map(SHAPES)
    return paired.assign(shape=shapes.mask(paired["same_function"].eq(True), SAME))


def _points(axes: Axes, panel: pd.DataFrame, mediator: str) -> None:
    """Every cell with both intervals, and every run behind it."""
    scales.unit(axes)
    if mediator == "weight_rev":
        scales.unit(axes, "x")
    else:
        scales.correlation(axes, "x", panel.loc[panel["measure"] == mediator, "value"].min() if len(panel) else 0)
    axes.set_xlabel(RANKED[mediator].split(",")[0])
    estimates, runs = rows.levels(_paired(panel, mediator))
    for (family, shape), some in runs.groupby(["family", "shape"]):
        marks.seeds(axes, some["x_value"], some["value"], some["hollow"], palette.family(family), shape)
    for _, row in estimates.iterrows():
        place = {
            "marker": row["shape"],
            "size": 4,
            "x_interval": (row["x_low"], row["x_high"]),
            "hollow": row["hollow"],
        }
        marks.estimate(
            axes, row["x_value"], row["value"], (row["low"], row["high"]), palette.family(row["family"]), **place
        )
    if panel.empty:
        labels.nothing(axes)


def _families(axes: Axes, panel: pd.DataFrame, mediator: str) -> None:
    """The families' names, at the height of their cells."""
    paired = _paired(panel, mediator)
    for family in sorted(paired["family"].unique(), key=palette.order):
        found = paired[paired["family"] == family]
        labels.at_end(axes, 1, float(found["value"].median()), family, palette.family(family), leader=False)


def _key(figure: Figure, panel: pd.DataFrame) -> None:
    """What the shapes mean, of those that are there."""
    present = panel[panel["level"] == "cell"] if (panel["level"] == "cell").any() else panel
    same = present["same_function"].eq(True)
    kinds = [kind for kind in KINDS if (present.loc[~same, "kind"] == kind).any()]
    shapes = [(SHAPES[kind], KINDS[kind]) for kind in kinds]
    shapes += [(SAME, "source and reverse one function")] if same.any() else []
    if len(shapes) < 2:
        return
    look = {"linestyle": "", "markersize": 4, "color": palette.REFERENCE}
    handles = [Line2D([], [], marker=shape, label=words, **look) for shape, words in shapes]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), columnspacing=1.4)


def _ranked(axes: Axes, panel: pd.DataFrame) -> None:
    """A row a mediator: its rank correlation with the outcome, and under it the partial ones, each with what is held."""
    scales.correlation(axes, lowest=panel["value"].min() if len(panel) else 0)
    axes.set_xlabel("Spearman's correlation over cells, within a seed")
    axes.axvline(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    present = [mediator for mediator in RANKED if (panel["mediator"] == mediator).any()]
    ticks, words, place = [], [], 0.0
    for mediator in present:
        found = rows.where(panel, mediator=mediator)
        estimates, runs = rows.levels(rows.where(found, given="nothing"))
        marks.seeds(axes, runs["value"], place + marks.jitter(len(runs), 0.5), runs["hollow"], palette.INK)
        for _, row in estimates.iterrows():
            _mark(axes, row, place, palette.INK)
        ticks.append(place)
        words.append(RANKED[mediator])
        for given in RANKED:
            partials = rows.where(found, given=given, level="cell")
            for _, row in partials.iterrows():
                place -= 0.85
                _mark(axes, row, place, palette.REFERENCE, size=3)
                ticks.append(place)
                words.append(f"given {RANKED[given].removeprefix('gradient ')}")
        place -= 1.25
    if panel.empty:
        axes.set(xticks=[], yticks=[])
        labels.nothing(axes, "too few cells to rank")
        return
    axes.set_yticks(ticks, words)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(place + 0.5, 0.8)
    for tick, text in zip(axes.get_yticklabels(), words, strict=False):  # none beside a panel that shares them
        if text.startswith("given"):
            tick.set(fontsize=6, color=palette.REFERENCE)


def _mark(axes: Axes, row: pd.Series, place: float, colour: str, size: float = 4.5) -> None:
    interval = (row["low"], row["high"])
    marks.estimate(axes, row["value"], place, interval, colour, along="x", hollow=row["hollow"], size=size)
