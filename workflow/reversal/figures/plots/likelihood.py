"""P1's data: training and validation NLL over training beside guessing and the default gate; the confound at the end."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["accuracy"]
LATEX = False

MEASURES = {"a": ("nll", "over the vocabulary"), "b": ("candidate_nll", "among candidates")}
WORDS = {"nll": "ln V", "candidate_nll": "ln N"}
"""What guessing costs: over the V tokens of the vocabulary, and for a model that knows the right type, among its N words."""
DASHES = {"target": "-", "source": palette.DASHES[2], "reverse": palette.DASHES[1]}
TOLD = {"target": "trained target", "source": "trained source", "reverse": "held-out reverse"}
LEARNT = 0.05
"""Training NLL, in nats a token, below which the default study counts P1's text as learnt.

The table `accuracy` says which runs passed, and not what `training_nll` another study asks of them.
"""
ASKED = {
    "target": "target, trained",
    "source": "source, trained",
    "reverse": "reverse, held out",
    "confound": "reverse, other arrow",
}
"""Rows of the last panel; the confound is `reverse` of the same pairs, asked with the arrow that they were told with."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: trained queries, and `reverse` of the pairs that were told one way only."""
    accuracy = rows.shown(rows.plain(tables["accuracy"]))
    trained = rows.where(accuracy, query=["source", "target"], trained=True, own_distance=True)
    held_out = rows.where(rows.held_out(accuracy, "reverse"), trained=False)
    chosen = pd.concat([trained, held_out])
    last = pd.concat([chosen, _confound(accuracy, held_out)])
    last = last[last["last"].eq(True)]
    return {
        **{sign: rows.where(chosen, measure=measure) for sign, (measure, _) in MEASURES.items()},
        "c": rows.where(trained, measure="nll"),
        "d": rows.where(last, measure="candidate_nll"),
    }


def _confound(accuracy: pd.DataFrame, held_out: pd.DataFrame) -> pd.DataFrame:
    """`reverse` in frame `same`, of cells whose text has another frame for it."""
    inverse = held_out.loc[held_out["frame"] == "inverse", "cell"].unique()
    return rows.where(accuracy, query="reverse", frame="same", own_distance=True, cell=list(inverse))


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["accuracy"]))
    guessing = _guessing(tables["accuracy"])
    lower = max(2.0, 0.7 + 0.17 * len(ASKED) * len(cells))
    figure = style.figure(style.DOUBLE, 2.4 + lower)
    above, below = figure.subfigures(2, 1, height_ratios=[2.4, lower])
    first, second = above.subplots(1, 2)
    third, fourth = below.subplots(1, 2)
    for axes, (sign, (measure, title)) in zip((first, second), MEASURES.items(), strict=True):
        labels.letter(axes, sign, title)
        axes.set_ylabel("NLL (nats a token)" if measure == "nll" else "NLL (nats)")  # a candidate is a whole entity
        _lines(axes, panels[sign], cells)
        scales.steps(axes, panels[sign]["step"].unique())
        for name in WORDS if measure == "nll" else ("candidate_nll",):
            for value in guessing[name]:
                labels.level(axes, value, f"guessing, {WORDS[name]} = {value:.2f}")
        axes.set_ylim(bottom=0)
    _training(third, panels["c"], cells)
    _at_the_end(fourth, panels["d"], cells, guessing["candidate_nll"])
    labels.note(below, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _guessing(accuracy: pd.DataFrame) -> dict[str, list[float]]:
    """What guessing costs in the texts of the study, by measure."""
    return {
        measure: sorted(rows.where(rows.plain(accuracy), measure=measure)["chance"].dropna().unique())
        for measure in WORDS
    }


def _lines(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    for _, cell in cells.iterrows():
        colour = palette.family(cell["family"])
        for query, dash in DASHES.items():
            found = rows.where(panel, cell=cell["cell"], query=query)
            estimates, runs = rows.levels(found)
            marks.trajectory(axes, estimates, runs, colour, dash=dash)
            end = marks.final(estimates, runs)
            if end:
                labels.at_end(axes, *end, f"{cell['label']}, {TOLD[query]}", colour, width=40)


def _training(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Trained queries alone, on a logarithmic axis, beside the default gate."""
    labels.letter(axes, "c", "trained queries, over the vocabulary")
    axes.set_ylabel("NLL (nats a token)")
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    _lines(axes, panel, cells)
    scales.steps(axes, panel["step"].unique())
    labels.level(axes, LEARNT, f"default gate, {LEARNT:g}")


def _at_the_end(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame, guessing: list[float]) -> None:
    """Every query at the last checkpoint among candidates, the confound beside the right question."""
    labels.letter(axes, "d", "among candidates, at the end")
    axes.set_xlabel("NLL (nats; the line is guessing, ln N)")
    reverse = rows.held_out(panel, "reverse")
    wanted = {
        "target": rows.where(panel, query="target"),
        "source": rows.where(panel, query="source"),
        "reverse": reverse,
        "confound": rows.where(panel, query="reverse").drop(reverse.index),
    }
    names = []
    for _, cell in cells.iterrows():
        for query, found in wanted.items():
            found = rows.where(found, cell=cell["cell"])
            if found.empty:
                continue
            marks.row(axes, found, -len(names), palette.family(cell["family"]), below=0.3, spread=0.16)
            names.append((f"{cell['label']}, {ASKED[query]}", cell["family"]))
    axes.set_yticks([-place for place in range(len(names))], [name for name, _ in names])
    labels.in_colours(axes, [family for _, family in names])
    for value in guessing:
        labels.reference(axes, value, "x")
    axes.set_xlim(left=min(0, axes.get_xlim()[0]))
