"""The stage `statistics`: the tables of an experiment's cells in, one table of estimates out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reversal import registry, tables
from reversal.statistics import runs


def estimate(
    statistic: str,
    cells: Sequence[Mapping[str, Any]],
    gate: runs.Gate,
    inference: Mapping[str, Any],
    output: str | Path,
    **metadata: str,
) -> None:
    """Write the table of one statistic.

    Args:
        statistic: a file of `statistics.estimates`, and the table's name.
        cells: one record each: name, label, family, trained, settings, series, and tables: name → paths, one a block.
        gate: what trained queries must reach.
        inference: confidence, margin.
        output: path of the table.
        metadata: kept in the file.

    Raises:
        ReversalError: a table is missing, damaged or incomplete.
    """
    module = registry.load("statistics.estimates", statistic)
    found = module.estimate([runs.load(cell, gate) for cell in cells], inference)
    tables.write(output, statistic, found, **metadata)
