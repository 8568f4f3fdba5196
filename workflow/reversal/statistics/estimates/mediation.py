"""What carries reversal: the correlation of scores, or a rival (SCIENCE, experiment 12)?

Over all cells of an experiment that have [M] and attention: the outcome (`reverse`, and the loss of `source` as the
control that should follow none of them) against each mediator:

- r_initial, r_trained: the correlation of scores, before and after training;
- weight_rev: the attention on B in the reverse query;
- cosine_initial, cosine_fitting: the alignment of gradients, at step 0 and while the model fits.

Each seed ranks the cells: Spearman's correlation over cells, one a seed, so that the seed is the unit; and the partial
one given another mediator z,

    ρ_xy·z = (ρ_xy − ρ_xz ρ_yz) / √((1 − ρ_xz²)(1 − ρ_yz²)).

A rival that ranks the cells exactly like the outcome or the mediator (|ρ| = 1) leaves nothing of either to correlate: by
convention ρ_xy·z is then 0, "adds nothing", for the formula divides nothing by nothing. Values are ranked as equal that are so to
`DECIMALS`: the r of a dose and of its alias are the same number, and which of them is larger by 10⁻⁷ is rounding. p is that of
a mean over seeds of zero, two-sided (`tests.mean`).

Over every cell, and within each family that has `FEWEST` of them. A cell more than a fifth of whose runs failed the gate
(`FAILED`) is left out: a seed counts where it passed in every cell, and one cell that did not learn would leave none. So is one
whose `source` and `reverse` are the same function (no positions, θ = 0): it reverses by construction, with r = 1, and would
lend every mediator that knows it a correlation. It is told by their losses being equal at every checkpoint, pair by pair: T5's
bias, which starts at zero, begins as one function and does not stay it. A mediator that a cell lacks (`cosine_fitting` where no
checkpoint lies in the time of fitting) has no rows over cells of which that is one: it would be compared over other cells than
its rivals.

A correlation over cells is no proof of a cause: cells differ in more than their mediators, and a mediator is measured on the same
runs as the outcome. Partial correlations say which of two rivals adds nothing to the other.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from reversal.statistics import levels, outcomes, tests
from reversal.statistics.estimates import correlation, dose
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["queries", "attention", "references", "gradients"]

OUTCOMES = ("reverse_candidate_probability", "source_nll")
MEDIATORS = ("r_initial", "r_trained", "weight_rev", "cosine_initial", "cosine_fitting")
FEWEST = 6
"""Cells over which a correlation is worth telling; over fewer, ranks often agree, and nothing is left for a partial one."""
SAME = 1e-4
"""Losses (nats) closer than this in every pair at every checkpoint are those of one function, but for rounding."""
FAILED = 0.2
"""Share of a cell's runs that may fail the gate, as in the ledger (`excluded_share`); a cell that lost more is in no correlation."""
DECIMALS = 6
"""To which values are ranked; single floats near one have no more."""
OVER = "over cells"
"""Where other rows have the name of a cell, `over MDM cells` within a family; no cell can be called so."""
NOTHING = "nothing"
"""What a correlation that is not partial holds fixed."""


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `mediation`; cells without [M] or attention have no rows.

    Args:
        cells: with the tables `queries`, `attention`, `references` and `gradients`.
        inference: confidence.

    Raises:
        ReversalError: queries or attention are not fully crossed.
    """
    seen = [cell for cell in cells if len(cell.tables["attention"])]
    found = {cell.name: _quantities(cell) for cell in seen}
    parts = [_cell(cell, found[cell.name], inference) for cell in seen]
    ranked = [cell for cell in seen if (~cell.learned).mean() <= FAILED and not same_function(cell)]
    families = dict.fromkeys(cell.family for cell in ranked)
    for family in (None, *families):
        of_family = [cell for cell in ranked if family in (None, cell.family)]
        if len(of_family) >= FEWEST:
            parts.append(_over_cells(of_family, found, inference, family))
    return levels.together("mediation", parts)


def same_function(cell: CellRuns) -> bool:
    """Have `source` and `reverse` the same loss in every pair of every run, all through training?"""
    asked = cell.tables["queries"]
    asked = asked[asked["own_distance"] & asked["query"].isin(["source", "reverse"])]
    losses = asked.pivot_table(index=["seed", "step", "pair"], columns="query", values="nll", observed=True)
    return len(losses.columns) == 2 and bool((losses["source"] - losses["reverse"]).abs().max() < SAME)


def kind(cell: CellRuns) -> str:
    """What sets the cell's r, if anything in particular."""
    if "by_position" in (cell.settings["model"].get(part) for part in ("query_key", "value_output")):
        return "by_position"
    theta = dose.angle(cell)
    if theta is None:
        return "plain"
    return "dose" if dose.in_range(theta, outcomes.own_distance(cell)) else "alias"


def _quantities(cell: CellRuns) -> Quantities:
    found = outcomes.of(cell)
    found = found.only(found.keys["measure"].isin([*OUTCOMES, *MEDIATORS]))
    return dataclasses.replace(found, keys=found.keys[["measure"]].assign(step=cell.last_step))


def _cell(cell: CellRuns, found: Quantities, inference: Mapping[str, Any]) -> pd.DataFrame:
    return levels.table("mediation", cell, found, inference).assign(kind=kind(cell), same_function=same_function(cell))


def _over_cells(
    cells: Sequence[CellRuns], found: Mapping[str, Quantities], inference: Mapping[str, Any], family: str | None
) -> pd.DataFrame:
    """Correlations over cells, one a seed, and their means; a seed passed where it did in every cell."""
    told = set.intersection(*(set(found[cell.name].keys["measure"]) for cell in cells))
    measured = {name: _by_cell(name, cells, found) for name in (*OUTCOMES, *MEDIATORS) if name in told}
    mediators = [name for name in MEDIATORS if name in told]
    name = OVER if family is None else f"over {family} cells"
    passed = {seed: all(cell.passed[seed] for cell in cells) for seed in cells[0].passed}
    every = dataclasses.replace(cells[0], name=name, label=name, passed=passed)
    keys, values = [], []
    for outcome in OUTCOMES:
        for mediator in mediators:
            keys.append({"measure": "spearman", "outcome": outcome, "mediator": mediator, "given": NOTHING})
            values.append(spearman(measured[outcome], measured[mediator]))
        for mediator, given in permutations(mediators, 2):
            keys.append({"measure": "partial", "outcome": outcome, "mediator": mediator, "given": given})
            values.append(partial(measured[outcome], measured[mediator], measured[given]))
    quantities = Quantities(pd.DataFrame(keys).assign(step=every.last_step), np.stack(values, axis=1))
    rows = levels.table("mediation", every, quantities, inference, _tested)
    return rows.assign(cells=len(cells), family=family)


def _by_cell(measure: str, cells: Sequence[CellRuns], found: Mapping[str, Quantities]) -> np.ndarray:
    """One measure that every cell has (S, cells), in r for correlations, to `DECIMALS`."""
    columns = []
    for own in (found[cell.name] for cell in cells):
        place = np.flatnonzero(own.keys["measure"] == measure)
        columns.append(own.told[:, place[0]])
    return np.round(np.stack(columns, axis=1), DECIMALS)


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's correlation along the last axis of x and y (S, cells), (S,); none where either has a gap or is constant."""
    equal = np.full((1, x.shape[1]), 1 / x.shape[1])
    r = correlation.pearson(equal, rankdata(x, axis=1).T, rankdata(y, axis=1).T)[0]
    return np.where(np.isnan(x).any(1) | np.isnan(y).any(1), np.nan, r)


def partial(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Spearman's correlation of x and y given z, (S, cells) each; 0 where z ranks like either, and says all of it."""
    xy, xz, yz = spearman(x, y), spearman(x, z), spearman(y, z)
    left = (1 - xz**2) * (1 - yz**2)
    ranks_alike = left < 1e-12
    return np.where(ranks_alike & ~np.isnan(xy), 0.0, (xy - xz * yz) / np.sqrt(np.where(ranks_alike, 1, left)))


def _tested(runs: Quantities) -> dict[str, np.ndarray]:
    return {"p_value": np.array([tests.mean(column) for column in runs.values.T])}
