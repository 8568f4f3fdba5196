"""P1's data: training and validation NLL of an ARM and an MDM over training, beside guessing."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style

READS = ["accuracy"]
LATEX = False

MEASURES = {"a": ("nll", "over the vocabulary", "ln V"), "b": ("candidate_nll", "among candidates", "ln N")}
DASHES = {"target": "-", "source": palette.DASHES[2], "reverse": palette.DASHES[1]}
WORDS = {"target": "trained target", "source": "trained source", "reverse": "held-out reverse"}


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: trained queries, and `reverse` of the pairs that were told one way only."""
    accuracy = rows.shown(rows.plain(tables["accuracy"]))
    trained = rows.where(accuracy, query=["source", "target"], trained=True, own_distance=True)
    held_out = rows.where(rows.held_out(accuracy, "reverse"), trained=False)
    chosen = pd.concat([trained, held_out])
    return {sign: rows.where(chosen, measure=measure) for sign, (measure, _, _) in MEASURES.items()}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    cells = rows.cells(rows.plain(tables["accuracy"]))
    figure = style.figure(style.DOUBLE, 2.5)
    axes = figure.subplots(1, 2, sharey=True)
    for one, (sign, panel) in zip(axes, panels.items(), strict=True):
        _, title, chance = MEASURES[sign]
        labels.letter(one, sign, title)
        one.set_ylabel("NLL (nats a token)")
        _lines(one, panel, cells)
        scales.steps(one, panel["step"].unique())
        for value in sorted(panel["chance"].dropna().unique()):
            labels.level(one, value, f"guessing, {chance} = {value:.2f}")
        one.set_ylim(bottom=0)
        one.tick_params(labelleft=True)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _lines(axes: Axes, panel: pd.DataFrame, cells: pd.DataFrame) -> None:
    for _, cell in cells.iterrows():
        colour = palette.family(cell["family"])
        for query, dash in DASHES.items():
            found = rows.where(panel, cell=cell["cell"], query=query)
            estimates, runs = rows.levels(found)
            marks.trajectory(axes, estimates, runs, colour, dash=dash)
            end = marks.final(estimates, runs)
            if end:
                labels.at_end(axes, *end, f"{cell['label']}, {WORDS[query]}", colour, width=40)
