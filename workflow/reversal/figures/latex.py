"""Tables for a paper: booktabs, with what LaTeX would read as its own signs escaped."""

import re

import pandas as pd

SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "–": "--",
    "θ": r"$\theta$",
    "π": r"$\pi$",
    "Δ": r"$\Delta$",
    "ε": r"$\varepsilon$",
    "→": r"$\rightarrow$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
}


def booktabs(table: pd.DataFrame) -> str:
    """A tabular: words to the left, numbers to the right."""
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


def escape(text: str) -> str:
    """Text as LaTeX prints it."""
    return "".join(SIGNS.get(sign, sign) for sign in text)


def _row(values: object) -> str:
    return " & ".join(escape(str(value)) for value in values) + r" \\"


def _numeric(column: pd.Series) -> bool:
    return all(re.match(r"^\(?−?\d|^–$", str(value)) for value in column)
