"""What was measured, as a table to read and as one to keep."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from bench.measured import Measured, Skipped
from reversal import tables


def table(found: Mapping[str, Sequence[Measured | Skipped]]) -> Table:
    """The medians, with the least and the most of each quantity and what is aimed at."""
    made = Table(box=None, header_style="bold")
    for name in ("", "median", "unit", "least–most", "runs", "aim"):
        made.add_column(name, justify="left" if name in ("", "unit") else "right")
    for title, quantities in found.items():
        made.add_row(f"[bold]{title}[/bold]")
        for one in quantities:
            if isinstance(one, Skipped):
                made.add_row(f"  {one.quantity}: not measured, {one.reason}")
                continue
            span = f"{_plain(min(one.values))}–{_plain(max(one.values))}"
            made.add_row(f"  {one.quantity}", _plain(one.median), one.unit, span, str(len(one.values)), _aim(one))
    return made


def keep(found: Mapping[str, Sequence[Measured | Skipped]], machine: str, path: Path) -> None:
    """Every value, one row a run."""
    rows = [
        (title, one.quantity, one.unit, run, float(value), one.aim, one.at_least)
        for title, quantities in found.items()
        for one in quantities
        if isinstance(one, Measured)
        for run, value in enumerate(one.values, start=1)
    ]
    names = ("measurement", "quantity", "unit", "run", "value", "aim", "at_least")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    tables.write(path, "measurements", columns, machine=machine)


def _aim(one: Measured) -> str:
    """What it should stay under, or reach."""
    if one.at_least is not None:
        return f"≥ {_plain(one.at_least)}"
    return "" if one.aim is None else f"< {_plain(one.aim)}"


def _plain(value: float) -> str:
    """Three digits, or all of a whole number."""
    return f"{value:.0f}" if value == round(value) or value >= 100 else f"{value:.3g}"
