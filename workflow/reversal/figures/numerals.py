"""Numbers as readers see them: few significant digits, a true minus sign, no leading zero for p."""

from collections.abc import Iterable

import pandas as pd

MINUS = "−"


def short(value: float, digits: int = 3) -> str:
    """Three significant digits, or as many as asked for; a dash for an empty value."""
    if pd.isna(value):
        return "–"
    if value and not 1e-4 <= abs(value) < 1e5:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("-", MINUS)
    text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    return text.replace("-", MINUS)


def interval(row: pd.Series, digits: int = 3) -> str:
    """An estimate with its interval, `0.97 [0.93, 0.99]`."""
    value, *ends = (short(row[name], digits) for name in ("value", "low", "high"))
    return value if pd.isna(row[["low", "high"]]).any() else f"{value} [{', '.join(ends)}]"


def gated(row: pd.Series) -> str:
    """The same, in round brackets where no run passed the gate and all runs are in it."""
    return f"({interval(row)})" if row.get("hollow", False) else interval(row)


def p_value(value: float) -> str:
    """`p < .001`, `p = .012`; nothing for an empty value."""
    if pd.isna(value):
        return ""
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def trend(series: str, p_values: Iterable[float]) -> str:
    """A series' name, with what Page's test says of its trend; the p-value is never parted from its number."""
    return ", ".join([series, *("trend " + p_value(value).replace(" ", "\u00a0") for value in p_values)])
