"""The headline: does `reverse` follow the dose, the score correlation that one angle θ sets, or something beside it?

a: outcome against the expected r, with aliases (another θ of the same r); b: asked at distances at which nothing was
told; c: the confound queries; d: `source`, which should not follow; e: the rival mediator, attention on B; f: r itself
after training.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, scales, style
from reversal.figures.latex import interval

READS = ["accuracy", "correlation", "dose"]
LATEX = True

OUTCOME = "reverse_candidate_probability"
SHAPES = {"dose": "o", "plus": "s", "minus": "D"}
ALIAS_SHIFT = {"plus": -0.075, "minus": 0.075}
"""Aliases have the same expected r as their dose and are drawn a little beside it."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    dose = rows.plain(tables["dose"])
    told = rows.where(dose, role=["dose", "alias"])
    own = told["distance"].min() if len(told) else 0
    shown = rows.shown(rows.where(told, distance=own))
    elsewhere = rows.where(dose, measure=OUTCOME, role=["dose", "cross_distance"])
    across = rows.estimates(elsewhere) if (elsewhere["level"] == "cell").any() else rows.runs(elsewhere)
    mediators = [OUTCOME, "weight_rev", "r_trained"]
    trend = dose[(dose["level"] == "series") & (dose["role"] == "dose")].assign(hollow=False)
    return {
        "a": pd.concat([rows.where(shown, measure=OUTCOME), rows.where(trend, measure=OUTCOME)]),
        "b": across,
        "c": rows.where(shown, measure=["wrong_frame_candidate_probability", "echo"]),
        "d": pd.concat(
            [
                rows.where(part, measure=["source_nll", "source_steps"])
                for part in (shown[shown["role"] == "dose"], trend)
            ]
        ),
        "e": rows.where(shown, measure=mediators[:2]),
        "f": rows.where(shown, measure=mediators[::2]),
    }


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each dose and alias, estimates with intervals."""
    cells = pd.concat([part[part["level"] == "cell"] for name, part in select(tables).items() if name != "b"])
    measures = {
        OUTCOME: "reverse p",
        "wrong_frame_candidate_probability": "wrong frame p",
        "source_nll": "source NLL",
        "weight_rev": "weight on B",
        "r_trained": "r trained",
    }
    made = []
    for (series, cell), found in cells.groupby(["series", "cell"], sort=False):
        first = found.iloc[0]
        row = {
            "series": series,
            "θ": scales.angle(first["angle"]),
            "role": first["role"],
            "expected r": f"{first['expected']:.2f}",
        }
        for measure, name in measures.items():
            chosen = found[found["measure"] == measure]
            row[name] = interval(chosen.iloc[0]) if len(chosen) else "–"
        made.append(row | {"n": str(first["runs"]), "cell": cell})
    columns = ["series", "θ", "role", "expected r", *measures.values(), "n"]
    return pd.DataFrame(made, columns=[*columns, "cell"])[columns]


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    chance = _chance(tables["accuracy"])
    figure = style.figure(style.DOUBLE, 4.7)
    grid = figure.add_gridspec(2, 3)
    halves = grid[1, 0].subgridspec(2, 1, hspace=0.05)
    axes = {
        "a": figure.add_subplot(grid[0, 0]),
        "b": figure.add_subplot(grid[0, 1]),
        "c": figure.add_subplot(grid[0, 2]),
        "d": figure.add_subplot(halves[0]),
        "steps": figure.add_subplot(halves[1]),
        "e": figure.add_subplot(grid[1, 1]),
        "f": figure.add_subplot(grid[1, 2]),
    }
    _outcome(axes["a"], panels["a"], chance)
    _across(axes["b"], panels["b"], rows.where(panels["a"], role="dose"), chance)
    _confounds(axes["c"], panels["c"], chance)
    _source(axes["d"], axes["steps"], panels["d"])
    _mediator(axes["e"], panels["e"], "weight_rev", chance)
    _mediator(axes["f"], panels["f"], "r_trained", chance)
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _chance(accuracy: pd.DataFrame) -> float | None:
    found = rows.where(rows.plain(accuracy), query="reverse", measure="candidate_probability")["chance"].dropna()
    return float(found.iloc[0]) if len(found) else None


def _series(panel: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every series of a panel: name, colour, rows."""
    for series in sorted(panel["series"].dropna().unique(), key=palette.order):
        yield series, palette.family(series), panel[panel["series"] == series]


def _kind(panel: pd.DataFrame) -> pd.Series:
    """dose, plus (θ + π/Δ) or minus (π/Δ − θ) of each row."""
    turn = panel["angle"] * panel["distance"] / np.pi
    return panel["role"].where(panel["role"] == "dose", np.where(turn >= 1 - 1e-6, "plus", "minus"))


def _against_dose(
    axes: Axes, found: pd.DataFrame, colour: str, dash: object = "-", linewidth: float = 1.2
) -> tuple[float, float] | None:
    """Estimates joined along the doses, with every seed's point; aliases beside their dose."""
    found = found[found["level"] != "series"]
    found = found.assign(kind=_kind(found))
    found = found.assign(x=found["expected"] + found["kind"].map(ALIAS_SHIFT).fillna(0))
    estimates, runs = found[found["level"] == "cell"], found[found["level"] == "run"]
    for _, cell in runs.groupby("cell"):
        cell = cell.sort_values("seed")
        x = cell["x"] + marks.jitter(len(cell), 0.05)
        marks.seeds(axes, x, cell["value"], cell["hollow"], colour, SHAPES[cell["kind"].iloc[0]])
    line = estimates[estimates["kind"] == "dose"].sort_values("x")
    axes.plot(line["x"], line["value"], color=colour, linestyle=dash, linewidth=linewidth, zorder=1.5, label="_line")
    for _, row in estimates.iterrows():
        dose = line[np.isclose(line["expected"], row["expected"], atol=1e-6)]
        if row["kind"] != "dose" and len(dose):
            axes.plot(
                [dose["x"].iloc[0], row["x"]], [dose["value"].iloc[0], row["value"]], color=palette.REFERENCE,
                linewidth=0.6, zorder=1, label="_join",
            )  # fmt: skip
        marks.estimate(
            axes, row["x"], row["value"], (row["low"], row["high"]), colour, hollow=row["hollow"], marker=SHAPES[row["kind"]],
            size=4.5 if row["kind"] == "dose" else 4,
        )  # fmt: skip
    ends = line if len(line) else runs.groupby("x", as_index=False)["value"].mean()
    return (float(ends["x"].iloc[-1]), float(ends["value"].iloc[-1])) if len(ends) else None


def _outcome(axes: Axes, panel: pd.DataFrame, chance: float | None) -> None:
    labels.letter(axes, "a", "dose and response")
    axes.set_ylabel("p(reverse), among candidates")
    axes.set_xlabel("expected r = cos 2Δθ")
    scales.correlation(axes)
    scales.unit(axes)
    for series, colour, found in _series(panel):
        end = _against_dose(axes, found, colour)
        if end:
            labels.at_end(axes, *end, series, colour, width=8)
    if chance is not None:
        labels.level(axes, chance, "chance")
    _angles(axes, panel)
    _alias_key(axes, panel)
    _trend(axes, panel)


def _angles(axes: Axes, panel: pd.DataFrame) -> None:
    """The doses' angles along the upper edge of the panel."""
    doses = panel[(panel["role"] == "dose") & panel["angle"].notna()].drop_duplicates("angle")
    for _, row in doses.iterrows():
        axes.plot(
            [row["expected"]] * 2, [1.04, 1.07], color=palette.REFERENCE, linewidth=0.5, clip_on=False, label="_tick"
        )


def _alias_key(axes: Axes, panel: pd.DataFrame) -> None:
    present = panel[panel["level"] != "series"]
    kinds = set(_kind(present)) - {"dose"}
    words = {"plus": "θ + π/Δ", "minus": "π/Δ − θ"}
    handles = [
        axes.plot([], [], SHAPES[kind], markersize=3.5, color=palette.REFERENCE, label=f"alias {words[kind]}")[0]
        for kind in ("plus", "minus")
        if kind in kinds
    ]
    if handles:
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 1.02))


def _trend(axes: Axes, panel: pd.DataFrame) -> None:
    lines = []
    for series, _, found in _series(panel[panel["level"] == "series"]):
        p = found["p_value"].iloc[0]
        lines.append(f"{series}: Page p {'< .001' if p < 0.001 else f'= {p:.3f}'.replace('0.', '.', 1)}")
    if lines:
        axes.text(
            0.98,
            0.09,
            "\n".join(lines),
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            fontsize=6,
            color=palette.REFERENCE,
        )


def _across(axes: Axes, panel: pd.DataFrame, told: pd.DataFrame, chance: float | None) -> None:
    labels.letter(axes, "b", "asked at other distances")
    axes.set_ylabel("p(reverse), among candidates")
    axes.set_xlabel("expected r = cos (Δ₁ + Δ₂)θ")
    scales.correlation(axes)
    scales.unit(axes)
    distances = sorted(panel["distance"].unique())
    for _, colour, found in list(_series(panel))[:1]:
        line = rows.where(told[told["level"] == "cell"], series=found["series"].iloc[0]).sort_values("expected")
        axes.plot(line["expected"], line["value"], color=palette.RULE, linewidth=2.5, zorder=0.8, label="_line")
        for distance, tone in zip(distances, palette.ramp(colour, len(distances)), strict=True):
            for _, row in found[found["distance"] == distance].iterrows():
                marks.estimate(
                    axes, row["expected"], row["value"], (row["low"], row["high"]), tone, hollow=row["hollow"], size=3.5
                )
            labels.at_end(axes, 1.12, 0.95 - 0.1 * distances.index(distance), f"Δ₂ = {distance}", tone)
    if chance is not None:
        labels.level(axes, chance, "chance")


def _confounds(axes: Axes, panel: pd.DataFrame, chance: float | None) -> None:
    labels.letter(axes, "c", "confounds")
    axes.set_ylabel("p(A | B S [M]);  mass on B")
    axes.set_xlabel("expected r = cos 2Δθ")
    scales.correlation(axes)
    scales.unit(axes)
    words = {"wrong_frame_candidate_probability": "wrong frame", "echo": "echo"}
    for series, colour, found in _series(panel[panel["role"] == "dose"]):
        for dash, (measure, word) in zip(palette.DASHES, words.items(), strict=False):
            end = _against_dose(axes, rows.where(found, measure=measure), colour, dash)
            if end:
                labels.at_end(axes, *end, f"{series}, {word}" if series != "MDM" else word, colour, width=12)
    if chance is not None:
        labels.level(axes, chance, "chance")


def _source(nll: Axes, steps: Axes, panel: pd.DataFrame) -> None:
    labels.letter(nll, "d", "source, for comparison")
    nll.set_ylabel("NLL (nats)")
    steps.set_ylabel("steps to .99")
    steps.set_xlabel("expected r = cos 2Δθ")
    for axes, measure in ((nll, "source_nll"), (steps, "source_steps")):
        scales.correlation(axes)
        axes.set_yscale("log" if (panel.loc[panel["measure"] == measure, "value"] > 0).all() else "linear")
        for series, colour, found in _series(rows.where(panel, measure=measure)):
            end = _against_dose(axes, found, colour)
            if end:
                labels.at_end(axes, *end, series, colour, width=8)
    nll.set_xticklabels([])


def _mediator(axes: Axes, panel: pd.DataFrame, measure: str, chance: float | None) -> None:
    words = {
        "weight_rev": ("e", "the rival: attention", "attention weight on B, reverse query"),
        "r_trained": ("f", "r itself", "r of S_fwd and S_rev, trained"),
    }
    sign, title, words_x = words[measure]
    labels.letter(axes, sign, title)
    axes.set_xlabel(words_x)
    axes.set_ylabel("p(reverse), among candidates")
    scales.unit(axes)
    if measure == "r_trained":
        scales.correlation(axes)
    paired = rows.beside(panel, measure, OUTCOME, ["level", "cell", "seed", "distance"])
    paired = paired.assign(kind=_kind(paired))
    for series, colour, found in _series(paired):
        runs = found[found["level"] == "run"]
        for kind, some in runs.groupby("kind"):
            marks.seeds(axes, some["x_value"], some["value"], some["hollow"], colour, SHAPES[kind])
        estimates = found[found["level"] == "cell"]
        for _, row in estimates.iterrows():
            marks.estimate(
                axes, row["x_value"], row["value"], (row["low"], row["high"]), colour, x_interval=(row["x_low"], row["x_high"]),
                hollow=row["hollow"], marker=SHAPES[row["kind"]], size=4,
            )  # fmt: skip
        if len(found):
            highest = found.loc[found["x_value"].idxmax()]
            labels.at_end(axes, highest["x_value"], highest["value"], series, colour, width=8)
    if chance is not None:
        labels.level(axes, chance, "chance")
