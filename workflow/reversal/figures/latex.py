"""Tables for a paper: booktabs, with what LaTeX would read as its own signs escaped."""

import re

import pandas as pd

SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "–": "--", "θ": r"$\theta$", "π": r"$\pi$",
    "Δ": r"$\Delta$", "→": r"$\rightarrow$", "≥": r"$\geq$", "≤": r"$\leq$", "×": r"$\times$", "ε": r"$\varepsilon$",
}  # fmt: skip


def booktabs(table: pd.DataFrame) -> str:
    """A tabular: text to the left, numbers to the right."""
    columns = "".join("r" if _numeric(table[name]) else "l" for name in table)
    lines = [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _row(table.columns),
        r"\midrule",
        *(_row(row) for row in table.itertuples(index=False)),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def interval(row: pd.Series) -> str:
    """An estimate with its interval: `.97 [.93, .99]`; in brackets of its own where no run passed the gate."""
    text = _number(row["value"])
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        text += f" [{_number(row['low'])}, {_number(row['high'])}]"
    return f"({text})" if row.get("hollow", False) else text


def _number(value: float) -> str:
    digits = f"{value:.2f}" if abs(value) < 10 else f"{value:.3g}"
    if value and abs(value) < 0.01:
        digits = f"{value:.1g}" if abs(value) >= 1e-4 else f"{value:.0e}"
    return digits.replace("-", "−")


def _row(values: object) -> str:
    return " & ".join(escape(str(value)) for value in values) + r" \\"


def _numeric(column: pd.Series) -> bool:
    return all(re.match(r"^\(?[−\-]?[\d.]|^–$", str(value)) for value in column)


def escape(text: str) -> str:
    """Text as LaTeX prints it."""
    return "".join(SIGNS.get(sign, sign) for sign in text)
