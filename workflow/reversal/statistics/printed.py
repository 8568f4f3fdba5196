"""The calibration as a table to read."""

import sys
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reversal import tables

COLOURS = {"nominal": "green", "conservative": "blue", "liberal": "red", "power": "default"}
TITLES = {"null": "false positives, at the edge of the claim", "effect": "power", "covered": "coverage of intervals"}


def show(path: str | Path) -> None:
    """Print the table `calibration` of a file."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(printed(tables.read(path, "calibration").to_pandas()))
    console.print(f"\nEvery rate: {path}")


def printed(found: pd.DataFrame) -> Table:
    """A line a rate, with its Monte Carlo interval and what it is held against."""
    table = Table(box=None, header_style="bold")
    for column in ("test", "data", "counted", "rate", "Monte Carlo", "nominal", "attainable", ""):
        table.add_column(
            column, justify="right" if column in ("rate", "Monte Carlo", "nominal", "attainable") else "left"
        )
    for truth, rows in found.groupby("truth", sort=False, observed=True):
        table.add_row(Text(TITLES[truth], style="bold"))
        for _, row in rows.iterrows():
            span = f"{row['low']:.3f}–{row['high']:.3f}"
            held = ("" if pd.isna(row[name]) else f"{row[name]:.3f}" for name in ("nominal", "attainable"))
            verdict = Text(row["verdict"], style=COLOURS[row["verdict"]])
            table.add_row(row["test"], row["data"], row["outcome"], f"{row['rate']:.3f}", span, *held, verdict)
    return table
