"""How long a cell takes to learn what it trains: steps and seconds until every trained query has accuracy .99.

Read off the history, interpolated linearly between its rows (`learnt`), and the clock at the same rows. Seconds are those of
the table `timing`, wall time a seed on the machine at hand; they compare cells that were trained side by side and nothing else.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reversal.statistics import learnt, levels
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["timing"]

MEASURES = ["steps", "seconds"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `learning`; a run that never got there has empty values.

    Args:
        cells: with their history and the table `timing`.
        inference: confidence.
    """
    return levels.together("learning", [levels.table("learning", cell, quantities(cell), inference) for cell in cells])


def quantities(cell: CellRuns) -> Quantities:
    """Steps and seconds of each run."""
    history = cell.tables["history"]
    worst = history.groupby(["seed", "step"], as_index=False)["accuracy"].min()
    timed = worst.merge(cell.tables["timing"], on=["seed", "step"], validate="one_to_one")
    there = learnt.crossed(timed, cell.seeds, ["step", "seconds"])
    keys = pd.DataFrame({"step": cell.last_step, "measure": MEASURES})
    return Quantities(keys, there)
