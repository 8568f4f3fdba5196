"""Training dynamics of P1's two models, by run and by cell: the bilinear one, l(y|x) = xᵀΘy (section 3, Theorem 1), and
the one-layer transformer of Y and Z (section 4), where nothing trains the row of B and L_rev is to stay where it was.

Theorem 1: L_rev(t) / L_rev(0) ≥ (L_fwd(t) / L_fwd(0))^ε, with ε → 0 as the width d grows. The least ε ≥ 0 with which it
has held up to a step is

    ε̂ = max(0, max over checkpoints so far of log ratio_reverse / log ratio_forward),    ratio(t) = L(t) / L(0).

The supremum is over the checkpoints, which start at step 1: the leak may be over within ten steps. A rise of L_rev is not a
leak, and ε̂ does not see it; how far L_rev has moved either way is drift(t) = |log ratio_reverse(t)|. The theorem's bound
with the least exponent of the whole training, bound(t) = ratio_forward(t)^ε̂, lies beneath ratio_reverse(t) at every
checkpoint and touches it where the leak was largest (at 1 where L_rev never fell).

L_fwd is the mean −log p of B after A, L_rev that of A after B, over pairs told one way; weights are the logit of the
answer over the mean logit of its type. Ratios and ε̂ are taken within a run.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.data.queries import frames
from reversal.errors import ReversalError
from reversal.statistics import levels
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["queries", "weights"]

MEASURES = (
    "loss_forward",
    "loss_reverse",
    "ratio_forward",
    "ratio_reverse",
    "weight_forward",
    "weight_reverse",
    "drift",
    "epsilon",
    "bound",
)
MODELS = ("bilinear", "tian")
FALLEN = 1e-6
"""log ratio_forward has to have fallen by as much before it divides anything."""


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `dynamics`; cells of other models than `MODELS` have no rows.

    Args:
        cells: with the tables `queries` and `weights`.
        inference: confidence.

    Raises:
        ReversalError: queries or weights are not fully crossed, or no pair is told one way only.
    """
    found = [cell for cell in cells if cell.settings["model"]["kind"] in MODELS]
    return levels.together("dynamics", [_cell(cell, inference) for cell in found])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> pd.DataFrame:
    rows = levels.table("dynamics", cell, quantities(cell), inference)
    model = cell.settings["model"]
    return rows.assign(**{name: model[name] for name in ("width", "embedding") if name in model})


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint and measure."""
    asked, weights = cell.tables["queries"], cell.tables["weights"]
    once = weights[~weights["both_ways"]]
    if not len(once):
        raise ReversalError(
            f"cell {cell.name}: every pair is told both ways; the statistic 'dynamics' needs pairs told one way"
        )
    right = frames(cell.settings["data"])[0]
    told = pd.MultiIndex.from_frame(once[["seed", "pair"]].drop_duplicates())
    asked = asked[asked["own_distance"] & pd.MultiIndex.from_frame(asked[["seed", "pair"]]).isin(told)]
    parts = [
        _by_pair(cell, asked[asked["query"] == "target"], "queries", ["nll"]),
        _by_pair(cell, asked[(asked["query"] == "reverse") & (asked["frame"] == right)], "queries", ["nll"]),
        _by_pair(cell, once, "weights", ["forward", "reverse"]),
    ]
    by_pair = np.concatenate(parts, axis=-1)
    keys = crossing(step=np.unique(once["step"]), measure=MEASURES)
    return Quantities(keys, _derived(by_pair.mean(1)).reshape(len(by_pair), -1))


def _by_pair(cell: CellRuns, rows: pd.DataFrame, table: str, columns: list[str]) -> np.ndarray:
    """(S, P, T, columns)."""
    return rectangle(rows, ["step"], columns, f"cell {cell.name}, {table}").values.transpose(0, 2, 1, 3)


def _derived(means: np.ndarray) -> np.ndarray:
    """All measures (…, T, 9) from means of loss forward, loss reverse, weight forward and weight reverse (…, T, 4)."""
    losses, weights = means[..., :2], means[..., 2:]
    ratios = losses / losses[..., :1, :]
    with np.errstate(divide="ignore"):
        drift = np.abs(np.log(ratios[..., 1]))
    least = epsilon(ratios)
    bound = ratios[..., 0] ** least[..., -1:]
    return np.concatenate([losses, ratios, weights, np.stack([drift, least, bound], axis=-1)], axis=-1)


def epsilon(ratios: np.ndarray) -> np.ndarray:
    """ε̂ up to each step (…, T) of ratio_forward and ratio_reverse (…, T, 2); not a number before L_fwd has fallen."""
    with np.errstate(divide="ignore"):  # a loss of nothing has an infinite logarithm, and divides well
        forward, reverse = np.moveaxis(np.log(ratios), -1, 0)
    fallen = forward < -FALLEN
    least = np.where(fallen, reverse / np.where(fallen, forward, -1), -np.inf)
    so_far = np.maximum.accumulate(np.maximum(least, np.where(fallen, 0, -np.inf)), axis=-1)
    return np.where(np.isinf(so_far), np.nan, so_far)
