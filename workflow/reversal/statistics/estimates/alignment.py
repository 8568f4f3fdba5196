"""Does lowering the trained loss lower L_rev (P2)? Cosines of gradients and first-order predictions, by run and by cell.

The table `gradients` holds one number a run, checkpoint and group of parameters. matched_minus_mismatched: mean cosine of
a pair's own two gradients minus that of different pairs'. reverse_per_forward: ΔL_rev / ΔL_forward, measured, of one
plain step. p: of a mean over seeds of zero, two-sided (`tests.mean`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels, tests
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["gradients"]

COSINES = ["cosine", "matched", "mismatched", "matched_minus_mismatched"]
STEPS = [
    "predicted_rev",
    "measured_rev",
    "measured_forward",
    "reverse_per_forward",
    "optimiser_predicted_rev",
    "optimiser_measured_rev",
]
TESTED = ["cosine", "matched_minus_mismatched"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `alignment`; one-step measures for the group `all` only. Cells that have no `reverse` have no rows.

    Args:
        cells: with the table `gradients`.
        inference: confidence.
    """
    measured = [cell for cell in cells if len(cell.tables["gradients"])]
    parts = [levels.table("alignment", cell, quantities(cell), inference, _tested) for cell in measured]
    return levels.together("alignment", parts)


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint, query followed, group of parameters and measure."""
    rows = cell.tables["gradients"].astype({"forward": str, "group": str})
    rows = rows.assign(
        matched_minus_mismatched=rows["matched"] - rows["mismatched"],
        reverse_per_forward=rows["measured_rev"] / rows["measured_forward"].replace(0, np.nan),
    )
    long = rows.melt(["seed", "step", "forward", "group"], [*COSINES, *STEPS], "measure")
    long = long[(long["group"] == "all") | long["measure"].isin(COSINES)]
    wide = long.pivot(index=["step", "forward", "group", "measure"], columns="seed", values="value")
    return Quantities(wide.index.to_frame(index=False), wide.to_numpy(dtype=np.float64).T)


def _tested(runs: Quantities) -> dict[str, np.ndarray]:
    p_value = np.full(len(runs.keys), np.nan)
    for column in np.flatnonzero(runs.keys["measure"].isin(TESTED)):
        p_value[column] = tests.mean(runs.values[:, column])
    return {"p_value": p_value}
