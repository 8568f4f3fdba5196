"""Does lowering a language model's trained loss lower L_rev (P2)? Cosines of gradients, by run and by cell.

As `alignment` of the toy models, untrained and trained: cosine of the gradients of the two mean losses, of a fact's own two
gradients (matched), of those of two facts (mismatched), and how much a fact's own are closer than two facts' are. Each group
of parameters has its own, and each trained query that is followed. p: of a mean over seeds of zero, two-sided (`tests.mean`).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reversal.statistics import levels
from reversal.statistics.estimates import _gradients
from reversal.statistics.estimates._gradients import COSINES
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["slopes"]
STAGE = "language"


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `gradient_alignment`. Cells whose gradients were not taken have no rows.

    Args:
        cells: with the table `slopes`.
        inference: confidence.
    """
    measured = [cell for cell in cells if len(cell.tables["slopes"])]
    parts = [
        levels.table("gradient_alignment", cell, quantities(cell), inference, _gradients.tested) for cell in measured
    ]
    return levels.together("gradient_alignment", parts)


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint, query followed, group of parameters and measure."""
    return _gradients.by_seed(_gradients.long(_gradients.told(cell.tables["slopes"]), COSINES), cell.seeds)
