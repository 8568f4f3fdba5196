"""The headline: does `reverse` follow the dose, the score correlation that one angle θ sets, or something beside it?

a: outcome against the expected r, with aliases (another θ of the same r); b: asked at distances at which nothing was
told; c: the confound queries; d: `source`, which should not follow. Below, what might carry it: e: attention on B, the
rival; f: r itself after training; g: the alignment of gradients while the model fits.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, numerals, palette, rows, scales, style

READS = ["accuracy", "correlation", "dose"]
LATEX = True

OUTCOME = "reverse_candidate_probability"
DOSE_WORDS = "expected r = cos 2Δθ"
CONFOUNDS = {"wrong_frame_candidate_probability": "wrong frame", "echo": "echo"}
SHAPES = {"dose": "o", "plus": "s", "minus": "D"}
MEDIATORS = {"e": "weight_rev", "f": "r_trained", "g": "cosine_fitting"}
"""Panel → what might carry the outcome."""
MEDIATOR_WORDS = {
    "weight_rev": ("the rival: attention", "weight on B"),
    "r_trained": ("scores, trained", labels.CORRELATION),
    "cosine_fitting": ("gradients, fitting", "cosine"),
}
"""Title of the panel and its horizontal axis."""
ALIASES = {"plus": "■ θ + π/Δ", "minus": "◆ π/Δ − θ"}
ALIAS_SHIFT = {"plus": -0.085, "minus": 0.085}
"""Aliases have the same expected r as their dose and are drawn a little beside it."""
DODGE = 0.024
"""From one distance to the next in panel b, along r: many expect the same r, and their intervals would cover one another."""


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws."""
    dose = rows.plain(tables["dose"])
    shown = rows.shown(rows.where(dose, role=["dose", "alias"]))
    doses = shown[shown["role"] == "dose"]
    trend = dose[(dose["level"] == "series") & (dose["role"] == "dose")].assign(hollow=False)
    source = ["source_nll", "source_steps"]
    return {
        "a": pd.concat([rows.where(shown, measure=OUTCOME), rows.where(trend, measure=OUTCOME)]),
        "b": _elsewhere(dose, doses),
        "c": rows.where(doses, measure=list(CONFOUNDS)),
        "d": pd.concat([rows.where(doses, measure=source), rows.where(trend, measure=source)]),
        "e": rows.where(shown, measure=[OUTCOME, "weight_rev"]),
        "f": rows.where(shown, measure=[OUTCOME, "r_trained"]),
        "g": rows.where(shown, measure=[OUTCOME, "cosine_fitting"]),
    }


def _elsewhere(dose: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """The first series' doses asked at every distance; single runs only where no cell has an estimate."""
    series = min(doses["series"].unique(), key=palette.order, default=None)
    cells = list(doses.loc[doses["series"] == series, "cell"].unique())
    asked = rows.where(dose, measure=OUTCOME, role=["dose", "cross_distance"], cell=cells)
    estimates = rows.estimates(asked)
    return estimates if len(estimates) else rows.runs(asked)


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables))


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper: a row for each dose and alias, estimates with intervals."""
    measures = {
        OUTCOME: "reverse p",
        "wrong_frame_candidate_probability": "wrong frame p",
        "source_nll": "source NLL",
        "weight_rev": "weight on B",
        "r_trained": "r trained",
        "cosine_fitting": "gradient cosine",
    }
    shown = rows.shown(rows.where(rows.plain(tables["dose"]), role=["dose", "alias"]))
    made = []
    for (series, _), found in shown[shown["level"] == "cell"].groupby(["series", "cell"], sort=False):
        first, by_measure = found.iloc[0], found.set_index("measure")
        about = {"series": series, "θ": scales.angle(first["angle"]), "role": first["role"]}
        about["expected r"] = f"{first['expected']:.2f}".replace("-", numerals.MINUS)
        values = {
            words: numerals.interval(by_measure.loc[measure]) if measure in by_measure.index else "–"
            for measure, words in measures.items()
        }
        made.append(about | values | {"n": f"{first['runs']:.0f}"})
    return pd.DataFrame(made, columns=["series", "θ", "role", "expected r", *measures.values(), "n"])


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide."""
    panels = select(tables)
    chance = _chance(tables["accuracy"])
    figure = style.figure(style.DOUBLE, 4.5)
    above, below = figure.subfigures(2, 1)
    first = above.subplots(1, 3)
    _outcome(first[0], panels["a"], chance)
    _across(first[1], panels["b"], panels["a"], chance)
    _confounds(first[2], panels["c"], chance)
    grid = below.add_gridspec(1, 4, width_ratios=[1.75, 1.1, 1, 1.1])
    halves = grid[0].subgridspec(2, 1, hspace=0.05)
    _source(below.add_subplot(halves[0]), below.add_subplot(halves[1]), panels["d"])
    second = [below.add_subplot(place) for place in list(grid)[1:]]
    for axes, (sign, measure) in zip(second, MEDIATORS.items(), strict=True):
        _mediator(axes, sign, panels[sign], measure, chance, named=axes is second[-1])
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
    """Whether each row is a dose or an alias, and of which kind: plus (θ + π/Δ) or minus (π/Δ − θ)."""
    turn = panel["angle"] * panel["distance"] / np.pi
    return panel["role"].where(panel["role"] == "dose", np.where(turn >= 1 - 1e-6, "plus", "minus"))


def _against_dose(axes: Axes, found: pd.DataFrame, colour: str, dash: object = "-") -> tuple[float, float] | None:
    """Estimates joined along the doses, with every seed's point; aliases beside their dose. Gives the right end."""
    found = found[found["level"] != "series"]
    found = found.assign(kind=_kind(found))
    found = found.assign(x=found["expected"] + found["kind"].map(ALIAS_SHIFT).fillna(0))
    estimates, runs = rows.levels(found)
    for _, cell in runs.groupby("cell"):
        places = cell["x"] + marks.jitter(len(cell), 0.1)
        marks.seeds(axes, places, cell["value"], cell["hollow"], colour, SHAPES[cell["kind"].iloc[0]])
    line = estimates[estimates["kind"] == "dose"].sort_values("x")
    axes.plot(line["x"], line["value"], color=colour, linestyle=dash, zorder=1.5, label="_line")
    for _, row in estimates.iterrows():
        if row["kind"] != "dose":
            _join(axes, line, row)
        interval, size = (row["low"], row["high"]), 4.5 if row["kind"] == "dose" else 3.8
        marks.estimate(axes, row["x"], row["value"], interval, colour, marker=SHAPES[row["kind"]], size=size)
    ends = line if len(line) else runs.groupby("x", as_index=False)["value"].mean()
    return (float(ends["x"].iloc[-1]), float(ends["value"].iloc[-1])) if len(ends) else None


def _join(axes: Axes, doses: pd.DataFrame, alias: pd.Series) -> None:
    """A thin line from an alias to the dose of the same expected r."""
    same = doses[np.isclose(doses["expected"], alias["expected"], atol=1e-6)]
    if len(same):
        xs, ys = [same["x"].iloc[0], alias["x"]], [same["value"].iloc[0], alias["value"]]
        axes.plot(xs, ys, color=palette.REFERENCE, linewidth=0.8, zorder=2.5, label="_join")


def _outcome(axes: Axes, panel: pd.DataFrame, chance: float | None) -> None:
    labels.letter(axes, "a", "dose and response")
    axes.set_ylabel(labels.REVERSE)
    axes.set_xlabel(DOSE_WORDS)
    scales.correlation(axes)
    scales.unit(axes)
    for series, colour, found in _series(panel):
        _named(axes, found, series, colour)
    if chance is not None:
        labels.level(axes, chance, "chance")
    _angles(axes, panel)
    _alias_key(axes, panel)


def _angles(axes: Axes, panel: pd.DataFrame) -> None:
    """The doses' angles, under the correlations that they stand for."""
    doses = panel[panel["role"] == "dose"].dropna(subset=["angle", "expected"])
    known = {round(row["expected"], 3): scales.angle(row["angle"]) for _, row in doses.iterrows()}
    words = {-1: "−1", -0.5: "−.5", 0: "0", 0.5: ".5", 1: "1"}
    lines = [f"{word}\nθ = {known[tick]}" if tick in known else word for tick, word in words.items()]
    axes.set_xticks(list(words), lines)


def _alias_key(axes: Axes, panel: pd.DataFrame) -> None:
    """Which shape is which alias, right of the panel, in which there is no place that no run may need."""
    kinds = set(_kind(panel[panel["level"] != "series"]))
    signs = [words.replace(" ", "\u00a0") for kind, words in ALIASES.items() if kind in kinds]
    if signs:
        labels.at_end(axes, 1, 0.4, " ".join(["aliases", *signs]), palette.REFERENCE, width=9, leader=False)


def _named(axes: Axes, found: pd.DataFrame, series: str, colour: str) -> None:
    """A series against the dose, with its name and what Page's test says of it."""
    end = _against_dose(axes, found, colour)
    tested = found.loc[found["level"] == "series", "p_value"].dropna()
    if end:
        labels.at_end(axes, *end, numerals.trend(series, tested), colour, width=14)


def _across(axes: Axes, panel: pd.DataFrame, told: pd.DataFrame, chance: float | None) -> None:
    """Every dose at every distance, darker the further; if r were all, they would lie on the grey curve of panel a."""
    labels.letter(axes, "b", "asked at other distances")
    axes.set_ylabel(labels.REVERSE)
    axes.set_xlabel("expected r = cos (Δ₁ + Δ₂)θ")
    scales.correlation(axes)
    scales.unit(axes)
    distances = sorted(panel["distance"].unique())
    for series, colour, found in _series(panel):
        line = rows.where(told, level="cell", role="dose", series=series).sort_values("expected")
        axes.plot(line["expected"], line["value"], color=palette.RULE, linewidth=2.5, zorder=0.8, label="_line")
        tones = dict(zip(distances, palette.ramp(colour, len(distances)), strict=True))
        for _, row in found.iterrows():
            interval, tone = (row["low"], row["high"]), tones[row["distance"]]
            x = row["expected"] + DODGE * (distances.index(row["distance"]) - (len(distances) - 1) / 2)
            marks.estimate(axes, x, row["value"], interval, tone, hollow=row["hollow"], size=3.8)
        for index, distance in enumerate(distances):
            labels.at_end(axes, 1.1, 0.98 - 0.09 * index, f"Δ₂ = {distance}", tones[distance], leader=False)
    if chance is not None:
        labels.level(axes, chance, "chance")


def _confounds(axes: Axes, panel: pd.DataFrame, chance: float | None) -> None:
    labels.letter(axes, "c", "confounds")
    axes.set_ylabel("probability")
    axes.set_xlabel(DOSE_WORDS)
    scales.correlation(axes)
    scales.unit(axes)
    for series, colour, found in _series(panel):
        for dash, (measure, words) in zip(palette.DASHES, CONFOUNDS.items(), strict=False):
            end = _against_dose(axes, rows.where(found, measure=measure), colour, dash)
            if end:
                labels.at_end(axes, *end, f"{series}, {words}", colour, width=12)
    if chance is not None:
        labels.level(axes, chance, "chance")


def _source(nll: Axes, steps: Axes, panel: pd.DataFrame) -> None:
    labels.letter(nll, "d", "source, for comparison")
    nll.set_ylabel("NLL (nats)")
    steps.set_ylabel("steps to .99")
    steps.set_xlabel(DOSE_WORDS)
    for axes, measure in ((nll, "source_nll"), (steps, "source_steps")):
        scales.correlation(axes)
        axes.set_xticks([-1, 0, 1], ["−1", "0", "1"])
        asked = rows.where(panel, measure=measure)
        scales.positive(axes, asked.loc[asked["level"] != "series", "value"])
        for series, colour, found in _series(asked):
            _named(axes, found, series, colour)
    nll.tick_params(labelbottom=False)


def _mediator(axes: Axes, sign: str, panel: pd.DataFrame, measure: str, chance: float | None, named: bool) -> None:
    """The outcome against what might carry it, over doses and aliases, every run and every cell."""
    title, words = MEDIATOR_WORDS[measure]
    labels.letter(axes, sign, title)
    axes.set_xlabel(words)
    scales.unit(axes)
    if sign == "e":
        axes.set_ylabel(labels.REVERSE)
    else:
        axes.tick_params(labelleft=False)
    if measure == "weight_rev":
        scales.unit(axes, "x")
    else:
        scales.correlation(axes, lowest=panel.loc[panel["measure"] == measure, "value"].min() if len(panel) else 0)
    paired = rows.beside(panel, measure, OUTCOME, ["level", "cell", "seed", "distance"])
    for series, colour, found in _series(paired.assign(kind=_kind(paired))):
        estimates, runs = rows.levels(found)
        for kind, some in runs.groupby("kind"):
            marks.seeds(axes, some["x_value"], some["value"], some["hollow"], colour, SHAPES[kind])
        for _, row in estimates.iterrows():
            interval, across = (row["low"], row["high"]), (row["x_low"], row["x_high"])
            place = {"marker": SHAPES[row["kind"]], "size": 3.8, "x_interval": across}
            marks.estimate(axes, row["x_value"], row["value"], interval, colour, **place)
        ends = estimates if len(estimates) else runs
        highest = ends.loc[ends["x_value"].idxmax()]
        if named:
            labels.at_end(axes, highest["x_value"], highest["value"], series, colour)
    if chance is not None:
        labels.reference(axes, chance)
        if named:
            labels.at_end(axes, axes.get_xlim()[1], chance, "chance", palette.REFERENCE)
