"""r of S_fwd and S_rev in a language model's heads, and attention on B, beside what they were before training (P2).

The table `heads` holds Pearson's r over facts at one Δ, within strata of relation and templates, for each layer and head,
and the mean attention from the mask to B. Two controls stand beside them. *Untrained*: the same model before its first step,
whose scores correlate by its positions alone. *Wrong key*: the B of another fact in the same words; r with it says how much
is the mask's and the frame's, and its weight what B has for being where it is.

Heads are averaged within a run, r in Fisher's z, over a layer and over all of them; a head whose scores do not vary over facts
has no r and is left out. Differences are in r. p: of a mean over seeds of zero, two-sided (`tests.mean`), for means over all
heads, which are not separate tests.

Over seeds, intervals are as everywhere. *Over facts* they are Fisher's: z ± q·√v with v = 1/(n − 2), n the degrees of freedom
left within strata or the number of facts, whichever is less, for questions about one fact are no replicates. Of a mean over
heads, which see the same facts, the variance is at most that of one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from reversal.statistics import levels, pooling, tests
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["heads"]
STAGE = "language"

CORRELATIONS = ("r", "wrong_r")
WEIGHTS = ("weight_fwd", "weight_rev", "wrong_weight_fwd", "wrong_weight_rev")
AGAINST = {"r": "wrong_r", "weight_fwd": "wrong_weight_fwd", "weight_rev": "wrong_weight_rev"}
"""Measure → the same with the wrong key."""
AXES = ["step", "relation", "layer", "head"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `head_correlation`; causal models have no rows.

    Args:
        cells: with the table `heads`.
        inference: confidence.

    Raises:
        ReversalError: heads are not fully crossed.
    """
    masked = [cell for cell in cells if len(cell.tables["heads"])]
    return levels.together("head_correlation", [part for cell in masked for part in _cell(cell, inference)])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> Iterator[pd.DataFrame]:
    rows = levels.table("head_correlation", cell, quantities(cell), inference, _tested)
    rows["over"] = np.where(rows["level"] == "cell", "seeds", None)
    yield rows
    yield over_facts(rows, inference["confidence"])


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a checkpoint, relation, head (or their mean in a layer, or in all) and measure; correlations in z."""
    rows = cell.tables["heads"].astype({"relation": str})
    where = f"cell {cell.name}, heads"
    found = rectangle(rows.assign(pair=0), AXES, [*CORRELATIONS, *WEIGHTS], where)
    values = dict(zip((*CORRELATIONS, *WEIGHTS), np.moveaxis(found.values[..., 0, :], -1, 0), strict=True))
    measured = {name: _with_means(pooling.fisher_z(values[name])) for name in CORRELATIONS}
    measured |= {name: _with_means(values[name]) for name in WEIGHTS}
    told = {**measured, **{name: pooling.correlation(measured[name]) for name in CORRELATIONS}}
    measured |= {f"{name}_minus_wrong": told[name] - told[wrong] for name, wrong in AGAINST.items()}
    measured["trained_minus_initial"] = told["r"] - told["r"][:, :1]
    keys = _keys(rows, found.axes)
    every = levels.beside(
        [
            Quantities(keys.assign(measure=name), one.reshape(len(one), -1), np.full(len(keys), name in CORRELATIONS))
            for name, one in measured.items()
        ]
    )
    untrained = every.keys["step"] == found.axes["step"][0]
    return every.only(~((every.keys["measure"] == "trained_minus_initial") & untrained))


def _with_means(values: np.ndarray) -> np.ndarray:
    """(S, T, R, L, H) as (S, T, R, L·H + L + 1): every head, then the mean of each layer's, then of all of them."""
    flat = values.reshape(*values.shape[:3], -1)
    return np.concatenate([flat, pooling.mean(values, -1), pooling.mean(flat, -1)[..., None]], axis=-1)


def _keys(rows: pd.DataFrame, axes: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """What each quantity is, in the order of an array (T, R, L·H + L + 1), with what is the same for all heads."""
    heads = crossing(layer=axes["layer"], head=axes["head"])
    places = pd.concat([heads, pd.DataFrame({"layer": axes["layer"]}), pd.DataFrame({"layer": [None]})])
    places = places.astype({"layer": "Int32", "head": "Int32"}).reset_index(drop=True)
    keys = crossing(step=axes["step"], relation=axes["relation"], place=places.index)
    keys = keys.join(places, on="place").drop(columns="place")
    units = np.minimum(rows["freedom"], rows["facts"])
    about = rows.assign(owed_to_facts=(1 / (units - 2)).where(units > 2))
    means = about.groupby(["step", "relation"])[["distance", "facts", "owed_to_facts"]].mean()
    return keys.join(means, on=["step", "relation"])


def _tested(runs: Quantities) -> dict[str, np.ndarray]:
    """P of no difference, (C,)."""
    p_value = np.full(len(runs.keys), np.nan)
    differences = runs.keys["measure"].isin(["trained_minus_initial", *(f"{name}_minus_wrong" for name in AGAINST)])
    for column in np.flatnonzero(differences & runs.keys["layer"].isna()):
        p_value[column] = tests.mean(runs.values[:, column])
    return {"p_value": p_value}


def over_facts(rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """The correlations of a cell once more, of the runs that passed, with intervals over facts."""
    found = rows[(rows["level"] == "cell") & rows["gated"].eq(True) & rows["measure"].isin(CORRELATIONS)]
    z = pooling.fisher_z(found["value"].to_numpy())
    reach = special.ndtri((1 + confidence) / 2) * np.sqrt(found["owed_to_facts"].to_numpy())
    return found.assign(over="facts", low=pooling.correlation(z - reach), high=pooling.correlation(z + reach))
