"""How alike the embeddings of A and B become: cosine of A with its own B and with other B (P1, section 5.1).

If A and its B came to lie closer than A and other B, the reverse weight could rise through the embeddings alone. An entity
of several tokens is the mean of theirs. Pairs told one way only are kept apart from those told both ways.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reversal.statistics import levels
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["weights"]

MEASURES = {"cosine": "own", "cosine_others": "others", "difference": "own_minus_others"}


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `embeddings`; cells without the table `weights` have no rows.

    Args:
        cells: with the table `weights`.
        inference: confidence.

    Raises:
        ReversalError: weights are not fully crossed.
    """
    weighed = [cell for cell in cells if len(cell.tables["weights"])]
    parts = [levels.table("embeddings", cell, quantities(cell), inference) for cell in weighed]
    return levels.together("embeddings", parts)


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a kind of pairs, checkpoint and measure."""
    weights = cell.tables["weights"]
    weights = weights.assign(difference=weights["cosine"].astype(float) - weights["cosine_others"].astype(float))
    return levels.beside([_kind(cell, told, rows) for told, rows in weights.groupby("both_ways", observed=True)])


def _kind(cell: CellRuns, both_ways: bool, rows: pd.DataFrame) -> Quantities:
    found = rectangle(rows, ["step"], list(MEASURES), f"cell {cell.name}, weights")
    seeds, _, pairs, _ = found.values.shape
    by_pair = found.values.transpose(0, 2, 1, 3).reshape(seeds, pairs, -1)
    keys = crossing(step=found.axes["step"], measure=list(MEASURES.values())).assign(both_ways=both_ways)
    return Quantities(keys, by_pair.mean(1))
