"""The stage's two verbs: estimate a table from the cells of an experiment, and judge the ledger from those tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reversal import registry, tables
from reversal.statistics import claims, runs


def estimate(
    statistic: str,
    cells: Sequence[Mapping[str, Any]],
    gate: float,
    inference: Mapping[str, Any],
    output: str | Path,
    **metadata: str,
) -> None:
    """Write the table of one statistic.

    Args:
        statistic: a file of `statistics.estimates`, and the table's name.
        cells: one record each: name, label, family, trained, settings, and tables: name → paths, one a block.
        gate: accuracy that trained queries must reach.
        inference: bootstrap, confidence, margin.
        output: path of the table.
        metadata: kept in the file.

    Raises:
        ReversalError: a table is missing, damaged or incomplete.
    """
    module = registry.load("statistics.estimates", statistic)
    found = module.estimate([runs.load(cell, gate) for cell in cells], inference)
    tables.write(output, statistic, found, **metadata)


def judge(
    ledger: str | Path,
    estimated: Mapping[tuple[str, str], str | Path],
    seeds: Sequence[int],
    output: str | Path,
    **metadata: str,
) -> None:
    """Write the table `claims`.

    Args:
        ledger: path of claims.yaml.
        estimated: (experiment, statistic) → path of its table.
        seeds: master seeds of the study.
        output: path of the table.
        metadata: kept in the file.

    Raises:
        ReversalError: the ledger does not fit its schema, or a table is missing or damaged.
    """
    frames = {key: tables.read(path, key[1]).to_pandas() for key, path in estimated.items()}
    tables.write(output, "claims", claims.judge(claims.load(ledger), frames, seeds), **metadata)
