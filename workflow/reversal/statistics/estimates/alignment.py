"""Does lowering the trained loss lower L_rev (P2)? Cosines of gradients and first-order predictions, by run and by cell.

The table `gradients` holds one number a run, checkpoint and group of parameters. matched_minus_mismatched: mean cosine of
a pair's own two gradients minus that of different pairs'. reverse_per_forward: ΔL_rev / ΔL_forward, measured, of one
plain step. p: of a mean over seeds of zero, two-sided (`tests.mean`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels
from reversal.statistics.estimates import _gradients
from reversal.statistics.estimates._gradients import COSINES
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["gradients"]

STEPS = [
    "predicted_rev",
    "measured_rev",
    "measured_forward",
    "reverse_per_forward",
    "optimiser_predicted_rev",
    "optimiser_measured_rev",
]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `alignment`; one-step measures for the group `all` only. Cells that have no `reverse` have no rows.

    Args:
        cells: with the table `gradients`.
        inference: confidence.
    """
    measured = [cell for cell in cells if len(cell.tables["gradients"])]
    parts = [levels.table("alignment", cell, quantities(cell), inference, _gradients.tested) for cell in measured]
    return levels.together("alignment", parts)


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint, query followed, group of parameters and measure."""
    rows = _gradients.told(cell.tables["gradients"])
    rows = rows.assign(reverse_per_forward=rows["measured_rev"] / rows["measured_forward"].replace(0, np.nan))
    long = _gradients.long(rows, [*COSINES, *STEPS])
    return _gradients.by_seed(long[(long["group"] == "all") | long["measure"].isin(COSINES)], cell.seeds)
