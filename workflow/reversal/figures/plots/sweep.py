"""One factor at a time: a row of panels for each setting that is varied, `reverse` beside what could explain it away."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, numerals, palette, rows, scales, style
from reversal.figures.panels import chance_is

READS = ["sweep"]
LATEX = False


class Column(NamedTuple):
    """Panels one under another: the same outcomes along each setting."""

    title: str
    axis: str
    """What its axes say; where that is nothing, what each of the outcomes there is measured in."""
    measures: Mapping[str, str]
    """Outcome → its word; drawn solid, dashed, dotted, or with a shape each, in this order."""

    @property
    def first(self) -> str:
        """The outcome that the column is about."""
        return next(iter(self.measures))


COLUMNS = (
    Column(
        "behaviour",
        labels.CANDIDATES,
        {"reverse_candidate_probability": "reverse", "wrong_frame_candidate_probability": "wrong frame"},
    ),
    Column("trained queries", "accuracy", {"source_accuracy": "source", "target_accuracy": "target"}),
    Column(
        "signatures",
        "",
        {"r_trained": "r", "weight_rev": "attention", "cosine_fitting": "gradients"},
    ),
)
UNITS = {"r_trained": "r", "weight_rev": "weight", "cosine_fitting": "cosine"}
LINES, SHAPES = ("—", "- -", "··"), {"o": "●", "s": "■", "D": "◆"}
"""How a column's measures are told apart: joined along numbers, or apart where levels are words."""
NAMES = {
    "optimisation.weight_decay": "weight decay",
    "optimisation.steps": "optimiser steps",
    "data.bidirectional_fraction": "share of the pairs told both ways",
    "data.pairs": "pairs N",
    "data.word_size": "tokens of an entity",
    "data.entity_tokens": "tokens that entities come from",
    "model.width": "width d",
    "model.layers": "layers",
    "model.query_key": "queries and keys",
    "model.value_output": "values and outputs",
    "data.layout.kind": "layout",
    "objective.kind": "objective",
    "model.position.kind": "position code",
    "model.position.base": "RoPE base",
    "model.position.angle": "RoPE angle θ",
    "model.position.scale": "scale of the positions",
}
LEVELS = {"rope": "RoPE", "t5": "T5 bias", "alibi": "ALiBi"}
"""Levels whose word in the config is not their name."""
ROW = 1.62
"""Height of a row of panels in inches, while there is room for it."""
HIGHEST = 8.6


def select(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows that each panel draws: setting by setting, column by column, without columns that none has rows for."""
    sweep = rows.plain(tables["sweep"])
    shown = rows.shown(sweep)
    tested = (sweep["level"] == "series") & sweep["p_value"].notna() & (sweep["measure"] == COLUMNS[0].first)
    trends = sweep[tested].assign(hollow=False)
    columns = [column for column in COLUMNS if shown["measure"].isin(list(column.measures)).any()] or COLUMNS[:1]
    panels = [
        pd.concat([rows.where(part, setting=setting, measure=list(column.measures)) for part in (shown, trends)])
        for setting in shown["setting"].unique()
        for column in columns
    ]
    return {chr(ord("a") + place): panel for place, panel in enumerate(panels)}


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The numbers drawn, in one table."""
    return rows.numbers(select(tables) or {"a": rows.shown(rows.plain(tables["sweep"]))})


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its settings need."""
    panels = select(tables)
    settings = list(rows.plain(tables["sweep"])["setting"].unique()) if panels else []
    count = max(len(settings), 1)
    columns = [column for column in COLUMNS if _has(panels, column)] or list(COLUMNS[:1])
    figure = style.figure(style.DOUBLE, min(0.35 + ROW * count, HIGHEST))
    grid = figure.subplots(count, len(columns), squeeze=False)
    signs = iter(panels)
    for row, setting in zip(grid, settings, strict=False):
        for axes, column in zip(row, columns, strict=True):
            sign = next(signs)
            _panel(axes, sign, panels[sign], column, setting)
            if axes is not row[0] and _worded(panels[sign]):
                axes.tick_params(labelleft=False)
                axes.set_ylabel("")
    if not settings:
        labels.nothing(grid[0, 0])
    labels.note(figure, rows.not_learnt(panels.values()))
    return labels.settle(figure)


def _has(panels: Mapping[str, pd.DataFrame], column: Column) -> bool:
    return any(panel["measure"].isin(list(column.measures)).any() for panel in panels.values())


def _worded(panel: pd.DataFrame) -> bool:
    """Are the levels of the setting words?"""
    return bool(panel["setting_word"].notna().any())


def _panel(axes: Axes, sign: str, panel: pd.DataFrame, column: Column, setting: str) -> None:
    worded = _worded(panel)
    signs = SHAPES.values() if worded else LINES
    present = set(panel["measure"])
    key = ", ".join(
        f"{word} {sign}" for (name, word), sign in zip(column.measures.items(), signs, strict=False) if name in present
    )
    labels.letter(axes, sign, f"{column.title}\n{key or ' '}")
    axis = column.axis or ", ".join(UNITS[name] for name in column.measures if name in present)
    along = NAMES.get(setting, setting.split(".")[-1].replace("_", " "))
    drawn = panel[panel["level"] != "series"]
    if drawn.empty:
        axes.set(xticks=[], yticks=[])
        labels.nothing(axes)
    elif worded:
        axes.set_xlabel(axis.replace("\n", " "))
        _scale(axes, drawn, column, "x")
        _dots(axes, drawn, list(column.measures), along)
    else:
        axes.set(xlabel=along, ylabel=axis)
        _scale(axes, drawn, column, "y")
        scales.setting(axes, drawn["setting_value"], angles=setting.endswith(".angle"))
        _lines(axes, panel, list(column.measures))
        _chance(axes, drawn)


def _scale(axes: Axes, drawn: pd.DataFrame, column: Column, direction: str) -> None:
    if not column.axis:
        scales.correlation(axes, direction, drawn["value"].min())
        draw_rule = axes.axhline if direction == "y" else axes.axvline
        draw_rule(0, color=palette.RULE, linewidth=0.6, zorder=0, label="_rule")
    else:
        scales.unit(axes, direction)


def _lines(axes: Axes, panel: pd.DataFrame, measures: list[str]) -> None:
    """Every series along numbers: the estimates with their band, a thin line a seed; its name at its first measure."""
    for series, colour, found in _series(panel[panel["level"] != "series"]):
        named = False
        for measure, dash in zip(measures, palette.DASHES, strict=False):
            estimates, runs = rows.levels(rows.where(found, measure=measure))
            marks.trajectory(axes, estimates, runs, colour, x="setting_value", dash=dash)
            end = marks.final(estimates, runs, x="setting_value")
            if end and not named:
                trend = rows.where(panel, level="series", series=series, measure=measure)
                labels.at_end(axes, *end, numerals.trend(series, trend["p_value"]), colour, width=14)
                named = True


def _series(panel: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every series of a panel in its family's colour, or a shade of it where the family has several."""
    about = panel[["series", "family"]].drop_duplicates("series")
    about = about.assign(rank=[palette.order(family) for family in about["family"]]).sort_values("rank", kind="stable")
    for family, names in about.groupby("family", sort=False)["series"]:
        tones = palette.ramp(palette.family(family), len(names))
        for name, tone in zip(names, tones, strict=True):
            yield name, tone, panel[panel["series"] == name]


def _dots(axes: Axes, drawn: pd.DataFrame, measures: list[str], along: str) -> None:
    """Levels that are words: a row a level, measures one under another, each with its seeds below it."""
    levels = list(dict.fromkeys(drawn["setting_word"].dropna()))
    axes.set_yticks(
        [-place for place in range(len(levels))], [LEVELS.get(level, level.replace("_", " ")) for level in levels]
    )
    axes.set_ylim(0.4 - len(levels), 1)
    for place in range(1, len(levels)):
        axes.axhline(0.5 - place, color=palette.RULE, linewidth=0.3, zorder=0, label="_rule")
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel(along)
    drawn = drawn.assign(colour=_colours(drawn))
    for order, (measure, shape) in enumerate(zip(measures, SHAPES, strict=False)):
        shift = 0.22 * ((len(measures) - 1) / 2 - order) + 0.06
        found = rows.where(drawn, measure=measure)
        found = found.assign(place=shift - found["setting_word"].map(levels.index).astype(float))
        estimates, runs = rows.levels(found)
        for colour, some in runs.groupby("colour"):
            places = some["place"] - 0.11 + marks.jitter(len(some), 0.06)
            marks.seeds(axes, some["value"], places, some["hollow"], colour, shape)
        for _, row in estimates.iterrows():
            look = {"along": "x", "hollow": row["hollow"], "marker": shape, "size": 3.8}
            marks.estimate(axes, row["value"], row["place"], (row["low"], row["high"]), row["colour"], **look)
    guessing = _guessing(drawn)
    one = rows.common(guessing["chance"])
    if one is not None:
        labels.reference(axes, one, "x")
    else:
        for level, chance in guessing[["setting_word", "chance"]].drop_duplicates().itertuples(index=False):
            marks.tick(axes, chance, -levels.index(level))
    if len(guessing):
        chance_is(axes, guessing["chance"].max())
        _series_names(axes, drawn)


def _colours(drawn: pd.DataFrame) -> pd.Series:
    """The colour of each row: its series', or its family's where a series goes across families."""
    tones = {name: tone for name, tone, _ in _series(drawn)}
    across = drawn.groupby("series")["family"].transform("nunique") > 1
    return drawn["series"].map(tones).mask(across, drawn["family"].map(palette.family))


def _series_names(axes: Axes, drawn: pd.DataFrame) -> None:
    """Which colour is which, where there are several; one below another, for a series has no end where levels are words."""
    several = drawn.drop_duplicates("colour").sort_values("colour")
    several = several if drawn["series"].nunique() > 1 else several.iloc[:0]
    across = drawn.groupby("series")["family"].nunique()
    for place, (_, row) in enumerate(several.iterrows()):
        name = row["family"] if across[row["series"]] > 1 else row["series"]
        labels.at_end(axes, 1, 0.4 - 0.3 * place, name, row["colour"], width=12, leader=False)


def _guessing(drawn: pd.DataFrame) -> pd.DataFrame:
    """The rows whose panel shows what guessing among candidates would give."""
    return drawn[drawn["measure"].str.endswith("candidate_probability")].dropna(subset=["chance"])


def _chance(axes: Axes, drawn: pd.DataFrame) -> None:
    """Guessing among candidates, which may depend on the setting, and at one level of it on the text of a series."""
    guessing = _guessing(drawn)
    one = rows.common(guessing["chance"])
    if one is not None:
        labels.level(axes, one, "chance")
        return
    by_level = guessing.groupby("setting_value")["chance"]
    apart = (by_level.max() - by_level.min() > rows.AGREE).any()
    lines = guessing.groupby("series") if apart else [("", guessing)] if len(guessing) else []
    for series, found in lines:
        line = found.groupby("setting_value")["chance"].mean()
        axes.plot(line.index, line, **palette.PEN, zorder=0.5, label="_rule")
        words = f"chance, {series}" if series else "chance"
        labels.at_end(axes, line.index[-1], line.iloc[-1], words, palette.REFERENCE)
