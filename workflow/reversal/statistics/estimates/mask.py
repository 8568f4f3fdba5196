"""Attention at the mask over training: the weight from [M] to B, mean over heads and pairs (P2; SCIENCE, experiment 10).

In the source query and in the reverse query, at the distance told, in every layer. P2 sees the weight rise and then fall to
a plateau. A run is held to it by its own curve over the checkpoints: initial, peak and final weight, peak − initial and
peak − final, the step of the peak, and whether that lies strictly between the first and the last checkpoint.

A maximum over checkpoints is at least as large as any of them, so that both differences are ≥ 0 by construction and no test
against zero says anything: a claim states how much of a rise and of a fall it means, as a threshold.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["attention"]

QUERIES = {"source": "weight_fwd", "reverse": "weight_rev"}
CURVE = ("initial", "peak", "final", "peak_minus_initial", "peak_minus_final", "peak_step", "peak_inside")
"""What is told of a run's whole curve, at the last step."""


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `mask`; cells without [M] or attention have no rows.

    Args:
        cells: with the table `attention`.
        inference: confidence.

    Raises:
        ReversalError: attention is not fully crossed.
    """
    masked = [cell for cell in cells if len(cell.tables["attention"])]
    return levels.together("mask", [levels.table("mask", cell, quantities(cell), inference) for cell in masked])


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a layer, query and checkpoint, and those of `CURVE` at the last."""
    seen = cell.tables["attention"]
    return levels.beside(
        [_layer(cell, layer, rows) for layer, rows in seen[seen["own_distance"]].groupby("layer", observed=True)]
    )


def _layer(cell: CellRuns, layer: int, rows: pd.DataFrame) -> Quantities:
    where = f"cell {cell.name}, attention (layer {layer})"
    found = rectangle(rows, ["step", "head"], list(QUERIES.values()), where)
    curve = found.values.mean((2, 3)).transpose(0, 2, 1)  # seed, query, step
    keys = [
        crossing(query=list(QUERIES), step=found.axes["step"]).assign(measure="weight"),
        crossing(query=list(QUERIES), measure=CURVE).assign(step=found.axes["step"][-1]),
    ]
    return Quantities(pd.concat(keys, ignore_index=True).assign(layer=layer), _told(curve, found.axes["step"]))


def _told(curve: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Weights (S, Q, T), flat: every weight, then `CURVE` query by query."""
    peak = curve.argmax(-1)
    initial, final = curve[..., 0], curve[..., -1]
    highest = np.take_along_axis(curve, peak[..., None], -1)[..., 0]
    inside = (peak > 0) & (peak < len(steps) - 1)
    whole = [initial, highest, final, highest - initial, highest - final, steps[peak], inside]
    return np.concatenate([curve.reshape(len(curve), -1), np.stack(whole, -1).reshape(len(curve), -1)], axis=-1)
