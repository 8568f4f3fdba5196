"""The claims ledger: one row a claim, its estimate against what it is held against, and the verdict."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reversal.figures import labels, marks, palette, rows, style

MARKS = {"supported": "o", "contradicted": "X", "inconclusive": "d"}
WRAP = 74
LINE = 0.115
"""Height of a line of text, in inches."""


def numbers(claims: pd.DataFrame) -> pd.DataFrame:
    """The ledger as a table: everything but the digest and the seeds, which are the same in every row."""
    claims = rows.plain(claims)
    columns = [
        "family", "claim", "paper", "statement", "estimand", "test", "estimate", "low", "high", "threshold",
        "p_value", "p_adjusted", "family_size", "runs", "excluded", "verdict", "why",
    ]  # fmt: skip
    return claims.sort_values("family", kind="stable")[columns].reset_index(drop=True)


def table(claims: pd.DataFrame) -> pd.DataFrame:
    """The table for the paper."""
    ordered = numbers(claims)
    return pd.DataFrame(
        {
            "claim": ordered["claim"],
            "paper": ordered["paper"],
            "estimate": [_estimate(row) for _, row in ordered.iterrows()],
            "held against": [_short(value) for value in ordered["threshold"]],
            "p (Holm)": [_short(value) for value in ordered["p_adjusted"]],
            "n": [f"{row['runs']:.0f}" for _, row in ordered.iterrows()],
            "verdict": ordered["verdict"],
        }
    )


@style.styled
def draw(claims: pd.DataFrame) -> Figure:
    """The figure, two columns wide and as high as its claims need."""
    ordered = numbers(claims)
    texts = ["\n".join(textwrap.wrap(f"{statement}", WRAP)) for statement in ordered["statement"]]
    heights = [max(2, text.count("\n") + 2) * LINE + 0.07 for text in texts]
    families = ordered["family"].ne(ordered["family"].shift())
    total = sum(heights) + 0.24 * families.sum() + 0.42
    figure = style.figure(style.DOUBLE, max(total, 0.8))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, style.DOUBLE), ylim=(-total, 0))
    axes.axis("off")
    _head(axes)
    y = -0.3
    for (_, row), text, height, opens in zip(ordered.iterrows(), texts, heights, families, strict=True):
        if opens:
            y -= 0.24
            axes.text(0.08, y + 0.09, row["family"], fontweight="bold", va="center")
            axes.plot([0.08, style.DOUBLE - 0.08], [y, y], color=palette.RULE, linewidth=0.6, label="_rule")
        _claim(axes, row, text, y - height / 2)
        y -= height
    if ordered.empty:
        labels.nothing(axes, "no claim is in the ledger")
    return figure


COLUMNS = {"mark": 0.15, "statement": 0.28, "bar": (3.95, 4.95), "estimate": 5.05, "n": 6.22, "verdict": 6.3}
"""Places from the left, in inches."""


def _head(axes: Axes) -> None:
    words = {0.28: "claim", 4.45: "estimate − threshold", 5.05: "estimate [interval]", 6.1: "n, p (Holm)"}
    for x, word in words.items():
        axes.text(
            x, -0.14, word, ha="center" if x == 4.45 else "left", va="center", fontsize=6.5, color=palette.REFERENCE
        )


def _claim(axes: Axes, row: pd.Series, text: str, y: float) -> None:
    colour = palette.VERDICTS[row["verdict"]]
    axes.plot([COLUMNS["mark"]], [y], MARKS[row["verdict"]], markersize=5, color=colour, label="_verdict")
    axes.text(COLUMNS["statement"], y, f"{text}\n", va="center", fontsize=6.5, linespacing=1.1)
    lines = text.count("\n") + 1
    axes.text(
        COLUMNS["statement"], y - LINE * lines / 2, f"{row['claim']} · {row['paper']} · {row['verdict']}",
        va="center", fontsize=5.5, color=colour,
    )  # fmt: skip
    _bar(axes, row, y, colour)
    axes.text(COLUMNS["estimate"], y, f"{_estimate(row)}\nagainst {_short(row['threshold'])}", va="center", fontsize=6)
    axes.text(6.1, y, f"{row['runs']:.0f}\n{_p(row['p_adjusted'])}", va="center", fontsize=6)


def _bar(axes: Axes, row: pd.Series, y: float, colour: str) -> None:
    """Estimate and interval about the threshold, each row on a scale of its own."""
    left, right = COLUMNS["bar"]
    middle = (left + right) / 2
    axes.plot([middle, middle], [y - 0.1, y + 0.1], color=palette.REFERENCE, linewidth=0.7, label="_reference")
    ends = np.array([row["estimate"], row["low"], row["high"]], dtype=float) - row["threshold"]
    reach = np.nanmax(np.abs(ends)) if np.isfinite(ends).any() else 0
    if not np.isfinite(ends[0]) or reach == 0:
        return
    place = middle + ends / reach * (right - left) / 2
    marks.estimate(axes, place[0], y, (place[1], place[2]), colour, along="x", hollow=row["verdict"] == "inconclusive")


def _estimate(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return "–"
    text = _short(row["estimate"])
    return (
        text if pd.isna(row["low"]) or pd.isna(row["high"]) else f"{text} [{_short(row['low'])}, {_short(row['high'])}]"
    )


def _short(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3g}".replace("-", "−")


def _p(value: float) -> str:
    return "" if pd.isna(value) else "p < .001" if value < 0.001 else f"p = {value:.3f}"
