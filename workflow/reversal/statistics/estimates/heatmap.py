"""What a prompt gives to its own candidate and to the others: P1's heat maps of logits, as numbers (section 5.1).

A pair told one way only is trained in `target` and held out in `reverse`; a pair told both ways is trained in both (by
objectives that train these queries: the column `trained` says so). The contrast of a map is

    C = mean over prompts of (logit of the own candidate − mean logit of the others),

in logits: 0 where a model tells no candidate from another. Levels run and cell hold contrasts. Level `matrix` holds whole
maps at the last step, of one run a cell: the first seed that passed the gate, or the first of all where none did.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels
from reversal.statistics.arrays import rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["logits"]

GROUP = ["query", "both_ways", "trained"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `heatmap`; cells whose text asks no `reverse` have no rows.

    Args:
        cells: with the table `logits`.
        inference: confidence.

    Raises:
        ReversalError: logits are not fully crossed.
    """
    parts = []
    for cell in (cell for cell in cells if len(cell.tables["logits"])):
        parts += [levels.table("heatmap", cell, quantities(cell), inference), matrices(cell)]
    return levels.together("heatmap", parts)


def quantities(cell: CellRuns) -> Quantities:
    """The contrast of every map: one quantity a query, kind of pairs and checkpoint."""
    rows = cell.tables["logits"].groupby(GROUP, observed=True)
    return levels.beside([_map(cell, dict(zip(GROUP, key, strict=True)), found) for key, found in rows])


def _map(cell: CellRuns, group: dict[str, Any], rows: pd.DataFrame) -> Quantities:
    where = f"cell {cell.name}, logits ({group['query']})"
    found = rectangle(rows.rename(columns={"row": "pair"}), ["step", "column"], ["logit"], where)
    logits = found.values[..., 0].swapaxes(-1, -2)  # seed, step, prompt, candidate
    by_prompt = contrasts(logits).transpose(0, 2, 1)
    keys = pd.DataFrame({"step": found.axes["step"], "measure": "contrast", **group})
    return Quantities(keys, by_prompt.mean(1))


def contrasts(logits: np.ndarray) -> np.ndarray:
    """Own candidate minus the mean of the others, (…, n), of maps (…, n, n); not a number where there are no others."""
    own = np.diagonal(logits, axis1=-2, axis2=-1)
    others = logits.shape[-1] - 1
    return own - (logits.sum(-1) - own) / others if others else np.full_like(own, np.nan)


def matrices(cell: CellRuns) -> pd.DataFrame:
    """The maps of one run at the last step, a row a prompt and candidate."""
    seed = next(iter(cell.seeds[cell.learned]), cell.seeds[0])
    logits = cell.tables["logits"]
    rows = logits[(logits["seed"] == seed) & (logits["step"] == cell.last_step)].rename(columns={"logit": "value"})
    about = {"cell": cell.name, "label": cell.label, "family": cell.family, "last": True, "measure": "logit"}
    return levels.columns_of("heatmap", rows.assign(level="matrix", passed=cell.passed[int(seed)], **about))
