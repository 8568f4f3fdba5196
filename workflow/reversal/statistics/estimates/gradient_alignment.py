"""Does lowering a language model's trained loss lower L_rev (P2)? Cosines of gradients, by run and by cell.

As `alignment` of the toy models, untrained and trained: cosine of the gradients of the two mean losses, of a fact's own two
gradients (matched), of those of two facts (mismatched), and how much a fact's own are closer than two facts' are. Each group
of parameters has its own, and each trained query that is followed. p: of a mean over seeds of zero, two-sided (`tests.mean`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels, tests
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["slopes"]
STAGE = "language"

MEASURES = ["cosine", "matched", "mismatched", "matched_minus_mismatched"]
TESTED = ["cosine", "matched_minus_mismatched"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `gradient_alignment`. Cells whose gradients were not taken have no rows.

    Args:
        cells: with the table `slopes`.
        inference: confidence.
    """
    measured = [cell for cell in cells if len(cell.tables["slopes"])]
    parts = [levels.table("gradient_alignment", cell, quantities(cell), inference, _tested) for cell in measured]
    return levels.together("gradient_alignment", parts)


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint, query followed, group of parameters and measure."""
    rows = cell.tables["slopes"].astype({"forward": str, "group": str})
    rows = rows.assign(matched_minus_mismatched=rows["matched"] - rows["mismatched"])
    long = rows.melt(["seed", "step", "forward", "group"], MEASURES, "measure")
    wide = long.pivot(index=["step", "forward", "group", "measure"], columns="seed", values="value")
    wide = wide.reindex(columns=cell.seeds)
    return Quantities(wide.index.to_frame(index=False), wide.to_numpy(dtype=np.float64).T)


def _tested(runs: Quantities) -> dict[str, np.ndarray]:
    p_value = np.full(len(runs.keys), np.nan)
    for column in np.flatnonzero(runs.keys["measure"].isin(TESTED)):
        p_value[column] = tests.mean(runs.values[:, column])
    return {"p_value": p_value}
