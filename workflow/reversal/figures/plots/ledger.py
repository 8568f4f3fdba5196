"""The claims ledger: one row a claim, its estimate against what it is held against, and the verdict."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, numerals, palette, rows, style

READS = ["claims"]
LATEX = True

MARKS = {"supported": "o", "contradicted": "X", "inconclusive": "d"}
WRAP = 74
"""Characters of a statement in a line."""
LINE, BETWEEN, HEADING, TOP = 0.1, 0.05, 0.22, 0.3
"""Heights in inches: a line of text, the space between claims, a family's heading, the column heads."""
MARK, STATEMENT, BAR, ESTIMATE, RUNS = 0.13, 0.25, (3.72, 4.52), 4.6, 6.42
"""Places from the left, in inches."""
PAGE = 9.0
"""The highest page of sentences, in inches. Longer ledgers have two columns of names."""
COLUMN, NARROW_LINE, NARROW_BAR, NARROW_ESTIMATE = style.DOUBLE / 2, 0.115, (2.02, 2.5), 2.9
"""Of those: width of a column, height of a claim's line, and places from its left."""
NARROW_HEADING, NARROW_WRAP, SMALL = 0.205, 0.085, 5.6
"""Of those: heights of a family's heading and of a name's second line, and the size of words in points."""
FITTING = 38
"""Letters of a name there before it takes a second line."""
CAPITALS = {word.lower(): word for word in ("ARM", "ARMs", "MDM", "MLM", "RoPE", "ALiBi", "NLL", "T5", "B")}
"""Words as they are written, whatever a claim's identifier says."""
DIGITS = 2
BAND = palette.tint(palette.RULE, 0.5)
"""What fills the margin about the target of an equivalence claim."""
NARROWEST = 0.05
"""Half of the narrowest scale that a bar is drawn on: the margin of most claims, so that rounding noise looks like none."""


def numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The ledger as a table: everything but the digest and the seeds, which are the same in every row."""
    claims = rows.plain(tables["claims"])
    columns = [
        "family", "claim", "paper", "statement", "estimand", "test", "estimate", "low", "high", "threshold",
        "margin", "p_value", "p_adjusted", "family_size", "unit", "runs", "facts", "excluded", "verdict", "why",
    ]  # fmt: skip
    place = pd.Categorical(claims["family"], claims["family"].unique())
    return claims.iloc[place.codes.argsort(kind="stable")][columns].reset_index(drop=True)


def table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table for the paper."""
    ordered = numbers(tables)
    return pd.DataFrame(
        {
            "claim": ordered["claim"],
            "paper": ordered["paper"],
            "estimate": [_estimate(row) for _, row in ordered.iterrows()],
            "held against": [numerals.short(value) for value in ordered["threshold"]],
            "p (Holm)": [numerals.short(value) for value in ordered["p_adjusted"]],
            "n": [_count(row) for _, row in ordered.iterrows()],
            "verdict": ordered["verdict"],
        }
    )


@style.styled
def draw(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure, two columns wide and as high as its claims need; where a page is too short for their sentences, their names."""
    ordered = numbers(tables)
    texts = ["\n".join(textwrap.wrap(statement, WRAP)) for statement in ordered["statement"]]
    heights = [max(2, text.count("\n") + 1) * LINE + BETWEEN for text in texts]
    opens = ordered["family"].ne(ordered["family"].shift())
    total = max(TOP + sum(heights) + HEADING * opens.sum() + 0.05, 0.8)
    return _in_names(ordered) if total > PAGE else _in_sentences(ordered, texts, heights, opens, total)


def _page(height: float) -> tuple[Figure, Axes]:
    """A page whose coordinates are inches from its upper left corner."""
    figure = style.figure(style.DOUBLE, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, style.DOUBLE), ylim=(-height, 0))
    axes.axis("off")
    return figure, axes


def _in_sentences(
    ordered: pd.DataFrame, texts: Sequence[str], heights: Sequence[float], opens: pd.Series, total: float
) -> Figure:
    """A claim under another, each with its statement."""
    figure, axes = _page(total)
    _heads(axes)
    y = -TOP
    for (_, row), text, height, first in zip(ordered.iterrows(), texts, heights, opens, strict=True):
        if first:
            _family(axes, row["family"], y - HEADING / 2, 0, style.DOUBLE)
            y -= HEADING
        _claim(axes, row, text, y - height / 2)
        y -= height
    if ordered.empty:
        labels.nothing(axes, "no claim is in the ledger")
    return figure


def _in_names(ordered: pd.DataFrame) -> Figure:
    """Two columns of families, a line a claim, with its name and without its statement."""
    usual = str(ordered["runs"].max())
    families = [_named(family, usual) for _, family in ordered.groupby("family", sort=False)]
    heights = [NARROW_HEADING + family["height"].sum() for family in families]
    left = min(range(1, len(families) + 1), key=lambda count: max(sum(heights[:count]), sum(heights[count:])))
    total = TOP + max(sum(heights[:left]), sum(heights[left:])) + 0.05
    figure, axes = _page(total)
    _verdicts(axes, 0.13)
    shown = f"estimate − bound · estimate · p (Holm); n = {usual} where none is said"
    axes.text(style.DOUBLE - 0.08, -0.1, shown, va="center", ha="right", fontsize=6, color=palette.REFERENCE)
    for place, column in enumerate((families[:left], families[left:])):
        x, y = place * COLUMN, -TOP
        for family in column:
            _family(axes, family["family"].iloc[0], y - NARROW_HEADING / 2, x, x + COLUMN, family["said"].iloc[0])
            y -= NARROW_HEADING
            for _, row in family.iterrows():
                _name(axes, row, x, y - row["height"] / 2)
                y -= row["height"]
    return figure


def _count(row: pd.Series) -> str:
    """How many runs a claim rests on, or facts where it is one over facts."""
    return f"{row['runs']:.0f}" if row["unit"] == "seed" else f"{row['facts']:.0f} facts"


def _named(family: pd.DataFrame, usual: str) -> pd.DataFrame:
    """The family with the names of its claims, their heights, and what its heading says of n, if that holds for all."""
    counts = [_count(row) for _, row in family.iterrows()]
    alike = counts[0] if len(set(counts)) == 1 else usual
    words = [
        _words(claim) + ("" if count == alike else f" (n = {count})")
        for claim, count in zip(family["claim"], counts, strict=True)
    ]
    names = [textwrap.fill(name, FITTING) for name in words]
    heights = [NARROW_LINE + NARROW_WRAP * name.count("\n") for name in names]
    return family.assign(name=names, height=heights, said="" if alike == usual else f"n = {alike}")


def _words(claim: str) -> str:
    """A claim's identifier as words."""
    return " ".join(CAPITALS.get(word, word) for word in claim.split("_"))


def _name(axes: Axes, row: pd.Series, x: float, y: float) -> None:
    colour = palette.VERDICTS[row["verdict"]]
    axes.plot([x + MARK], [y], MARKS[row["verdict"]], markersize=3.8, color=colour, label="_verdict")
    axes.text(x + 0.22, y, row["name"], va="center", fontsize=SMALL, linespacing=1.0)
    _bar(axes, row, y, colour, (x + NARROW_BAR[0], x + NARROW_BAR[1]))
    about = {"va": "center", "ha": "right", "fontsize": SMALL}
    axes.text(x + NARROW_ESTIMATE, y, numerals.short(row["estimate"], DIGITS), **about)
    axes.text(x + COLUMN - 0.08, y, numerals.p_value(row["p_adjusted"]), **about, color=palette.REFERENCE)


def _heads(axes: Axes) -> None:
    words = {STATEMENT: "claim", BAR[0]: "estimate − bound", ESTIMATE: "estimate [interval]", RUNS: "n, p (Holm)"}
    for x, word in words.items():
        axes.text(x, -0.1, word, va="center", fontsize=6, color=palette.REFERENCE)
    _verdicts(axes, 1.2)


def _verdicts(axes: Axes, x: float) -> None:
    """What the marks are."""
    for verdict, mark in MARKS.items():
        colour = palette.VERDICTS[verdict]
        axes.plot([x], [-0.1], mark, markersize=4, color=colour, label="_verdict")
        axes.text(x + 0.07, -0.1, verdict, va="center", fontsize=6, color=colour)
        x += 0.85


def _family(axes: Axes, name: str, y: float, left: float, right: float, said: str = "") -> None:
    axes.text(left + MARK - 0.05, y, name, fontweight="bold", fontsize=6.5, va="center")
    axes.text(right - 0.08, y, said, fontsize=6, va="center", ha="right", color=palette.REFERENCE)
    ends, low = [left + MARK - 0.05, right - 0.08], y - HEADING / 2 + 0.02
    axes.plot(ends, [low, low], color=palette.RULE, linewidth=0.6, label="_rule")


def _claim(axes: Axes, row: pd.Series, text: str, y: float) -> None:
    colour = palette.VERDICTS[row["verdict"]]
    axes.plot([MARK], [y], MARKS[row["verdict"]], markersize=4.5, color=colour, label="_verdict")
    axes.text(STATEMENT, y, text, va="center", fontsize=6, linespacing=1.05)
    _bar(axes, row, y, colour, BAR)
    against = "" if pd.isna(row["threshold"]) else f"against {numerals.short(row['threshold'], DIGITS)} · "
    about = {"va": "center", "fontsize": 4.8, "color": palette.REFERENCE}
    axes.text(ESTIMATE, y + LINE / 2, _estimate(row, DIGITS), va="center", fontsize=6)
    axes.text(ESTIMATE, y - LINE / 2, f"{against}{row['claim']}", **about)
    axes.text(RUNS, y + LINE / 2, _count(row), va="center", fontsize=6)
    axes.text(RUNS, y - LINE / 2, numerals.p_value(row["p_adjusted"]), va="center", fontsize=6)


def _bar(axes: Axes, row: pd.Series, y: float, colour: str, between: tuple[float, float]) -> None:
    """Estimate and interval about what they are held against, or the band in which they shall lie, on a scale of its own."""
    ends = np.array([row["estimate"], row["low"], row["high"]], dtype=float) - float(row["threshold"])
    if not np.isfinite(ends[0]):
        return
    left, right = between
    middle = (left + right) / 2
    axes.plot(
        [middle, middle],
        [y - NARROW_LINE / 2, y + NARROW_LINE / 2],
        color=palette.REFERENCE,
        linewidth=0.7,
        label="_reference",
    )
    margin = np.nan_to_num(float(row["margin"]))
    unit = (right - left) / 2 / max(np.nanmax(np.abs(ends)), margin, NARROWEST)
    axes.fill_between(
        [middle - margin * unit, middle + margin * unit],
        y - NARROW_LINE / 2,
        y + NARROW_LINE / 2,
        color=BAND,
        linewidth=0,
        zorder=0.5,
        label="_band",
    )
    place = middle + ends * unit
    interval, hollow = (place[1], place[2]), row["verdict"] == "inconclusive"
    marks.estimate(axes, place[0], y, interval, colour, along="x", hollow=hollow, size=4)


def _estimate(row: pd.Series, digits: int = 3) -> str:
    """The estimate with its interval, or why there is none."""
    if pd.isna(row["estimate"]):
        return row["why"].split(":")[0]
    return numerals.interval(row.rename({"estimate": "value"}), digits)
