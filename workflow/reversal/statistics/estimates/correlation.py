"""r of S_fwd and S_rev over the pairs of a run, beside what positions alone would give (P2; SCIENCE, "The null is not zero").

For each seed, layer, head, checkpoint and Δ: Pearson's r over the N pairs of (S_fwd, S_rev), Spearman's of their ranks,
and the r of the increments S(t) − S(0). Heads are averaged in Fisher's z within a seed, seeds by random effects
(`pooling`). Intervals are over seeds, in z. An excess is r minus the reference of the same run and Δ, in r. r = ±1 by
construction is told as it is and neither pooled nor tested.
p values are for the mean over heads only: heads are not separate tests.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from reversal.statistics import intervals, levels, pooling, tests
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["attention", "references"]

GROUP = ["layer", "distance", "own_distance"]
REFERENCES = ("identical", "expected", "isotropic", "conditional")
EXCESSES = ("isotropic", "conditional")
TESTED = ("excess_isotropic", "excess_conditional", "trained_minus_initial")


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `correlation`; cells without [M] or attention have no rows.

    Args:
        cells: with the tables `attention` and `references`.
        inference: confidence.

    Raises:
        ReversalError: attention or references are not fully crossed.
    """
    return levels.together("correlation", [_cell(cell, inference) for cell in cells if len(cell.tables["attention"])])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> pd.DataFrame:
    layers = np.unique(cell.tables["attention"]["layer"])  # one at a time: pools grow with layers × heads
    parts = [quantities(cell.narrowed("attention", cell.tables["attention"]["layer"] == layer)) for layer in layers]
    return levels.together(
        "correlation", [levels.table("correlation", cell, part, inference, _tested) for part in parts]
    )


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a layer, Δ, checkpoint, head (or their mean) and measure; correlations in z."""
    rows = cell.tables["attention"].groupby(GROUP, observed=True)
    return levels.beside([_group(cell, dict(zip(GROUP, key, strict=True)), found) for key, found in rows])


def _group(cell: CellRuns, group: dict[str, Any], rows: pd.DataFrame) -> Quantities:
    columns = ["score_fwd", "score_rev", "weight_fwd", "weight_rev"]
    found = rectangle(rows, ["step", "head"], columns, f"cell {cell.name}, attention (Δ = {group['distance']})")
    measured = _measured(found.values)
    measured |= _against_references(cell, group, found.axes, measured["pearson"])
    heads = [*found.axes["head"], None]
    owed = _owed_to_pairs(found.axes["seed"], found.values[..., 0], found.values[..., 1])
    keys = crossing(step=found.axes["step"], head=heads).assign(owed_to_pairs=owed.ravel())
    joined = levels.beside([measure.quantities(name, keys) for name, measure in measured.items()])
    return Quantities(joined.keys.assign(**group), joined.values, fisher=joined.fisher)


class _Measure:
    """One measure of every seed, step and head, with the mean over heads behind the heads."""

    def __init__(self, values: np.ndarray, fisher: bool, start: int = 0) -> None:
        """Values (S, T, H); `start`: the first step that has one."""
        average = pooling.mean if fisher else np.mean
        self.values = np.concatenate([values, average(values, -1)[..., None]], axis=-1)
        self.fisher, self.start = fisher, start

    @property
    def r(self) -> np.ndarray:
        """Values in r."""
        return pooling.correlation(self.values)

    def quantities(self, name: str, keys: pd.DataFrame) -> Quantities:
        """Flat, without the steps that have none."""
        kept = np.arange(len(keys)) >= self.start * self.values.shape[-1]
        keys = keys[kept].reset_index(drop=True).assign(measure=name)
        keys["head"] = keys["head"].astype("Int32")
        flat = self.values.reshape(len(self.values), -1)[:, kept]
        return Quantities(keys, flat, fisher=np.full(len(keys), self.fisher))


def _measured(values: np.ndarray) -> dict[str, _Measure]:
    """What scores and weights (S, T, H, P, 4) give by themselves."""
    forward, backward = values[..., 0], values[..., 1]
    found = {
        "pearson": _correlated(forward, backward),
        "spearman": _correlated(rankdata(forward, axis=-1), rankdata(backward, axis=-1)),
    }
    if values.shape[1] > 1:  # step 0 is the first
        since = [scores[:, 1:] - scores[:, :1] for scores in (forward, backward)]
        found["increment"] = _late(_correlated(*since))
        r = found["pearson"].r
        found["trained_minus_initial"] = _difference(r - r[:, :1], start=1)
    for column, name in ((2, "weight_fwd"), (3, "weight_rev")):
        found[name] = _Measure(values[..., column].mean(-1), fisher=False)
    return found


def _by_pair(scores: np.ndarray) -> np.ndarray:
    """(S, T, H, P) as (S, P, T·H)."""
    return scores.reshape(scores.shape[0], -1, scores.shape[-1]).transpose(0, 2, 1)


def _correlated(forward: np.ndarray, backward: np.ndarray) -> _Measure:
    """Pearson's r over pairs of two arrays (S, T, H, P), in z."""
    x, y = _by_pair(forward), _by_pair(backward)
    equal = np.full((1, x.shape[1]), 1 / x.shape[1])
    values = np.stack([pearson(equal, *pair)[0] for pair in zip(x, y, strict=True)])
    return _Measure(pooling.fisher_z(values).reshape(forward.shape[:-1]), fisher=True)


def _owed_to_pairs(seeds: np.ndarray, forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Variance of a seed's z about its own, (T, H + 1), mean over seeds, of scores (S, T, H, P).

    1 / (N − 3) for a head; for the mean over heads, which see the same pairs, from resampled pairs.
    """
    x, y = _by_pair(forward), _by_pair(backward)
    (_, steps, heads, pairs), drawn = forward.shape, []
    for seed, *scores in zip(seeds, x, y, strict=True):
        z = pooling.fisher_z(pearson(intervals.pair_weights(int(seed), pairs), *scores))
        with np.errstate(invalid="ignore"):  # infinite z have no variance
            drawn.append(pooling.mean(z.reshape(-1, steps, heads), -1).var(0))
    of_head = np.full((steps, heads), 1 / (pairs - 3) if pairs > 3 else np.nan)
    return np.concatenate([of_head, np.mean(drawn, axis=0)[:, None]], axis=1)


def pearson(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's r of the columns of x and y (P, C) under each row of weights (K, P), (K, C); constants give none."""
    x, y = x - x.mean(0), y - y.mean(0)
    mean_x, mean_y = weights @ x, weights @ y
    variance_x = weights @ x**2 - mean_x**2
    variance_y = weights @ y**2 - mean_y**2
    product = variance_x * variance_y
    constant = (np.ptp(x, axis=0) == 0) | (np.ptp(y, axis=0) == 0) | (product <= 0)
    covariance = weights @ (x * y) - mean_x * mean_y
    r = covariance / np.sqrt(np.where(constant, 1, product))
    return np.where(constant, np.nan, np.clip(r, -1, 1))


def _late(measure: _Measure) -> _Measure:
    """A measure of the steps after the first, with an empty first step in front."""
    empty = np.full_like(measure.values[:, :1], np.nan)
    measure.values, measure.start = np.concatenate([empty, measure.values], axis=1), 1
    return measure


def _difference(values: np.ndarray, start: int = 0) -> _Measure:
    """A difference in r that has its mean over heads already, (S, T, H + 1)."""
    measure = _Measure(values[..., :-1], fisher=False, start=start)
    measure.values = values
    return measure


def _against_references(
    cell: CellRuns, group: dict[str, Any], axes: dict[str, np.ndarray], found: _Measure
) -> dict[str, _Measure]:
    """The references of this layer and Δ, and r over them."""
    rows = cell.tables["references"]
    rows = rows[(rows["layer"] == group["layer"]) & (rows["distance"] == group["distance"])]
    against = {}
    for kind in REFERENCES:
        of_kind = rows[(rows["kind"] == kind) & rows["step"].isin(axes["step"])].assign(pair=0)
        if not len(of_kind):
            continue
        where = f"cell {cell.name}, references ({kind}, Δ = {group['distance']})"
        z = pooling.fisher_z(rectangle(of_kind, ["step", "head"], ["r"], where).values[..., 0, 0])
        against[kind] = _Measure(z, fisher=True)
        if kind in EXCESSES:
            against[f"excess_{kind}"] = _excess(found.r, against[kind])
    return against


def _excess(r: np.ndarray, reference: _Measure) -> _Measure:
    """R minus a reference; not a number where either is ±1 by construction."""
    defined = np.isfinite(pooling.fisher_z(r)) & np.isfinite(reference.values)
    return _difference(np.where(defined, r - reference.r, np.nan))


def _tested(runs: Quantities) -> dict[str, np.ndarray]:
    """P of no difference, τ² and the mixed model's slope, (C,) each."""
    p_value, heterogeneity, mixed = (np.full(len(runs.keys), np.nan) for _ in range(3))
    measure, all_heads = runs.keys["measure"], runs.keys["head"].isna()
    for column in np.flatnonzero(measure.isin(list(TESTED)) & all_heads):
        p_value[column] = tests.mean(runs.values[:, column])
    for column in np.flatnonzero(measure == "pearson"):
        within = runs.keys["owed_to_pairs"].iloc[column]
        heterogeneity[column] = pooling.random_effects(runs.values[:, column], within)[1]
        mixed[column] = pooling.slope(pooling.correlation(runs.values[:, column]))
    return {"p_value": p_value, "heterogeneity": heterogeneity, "mixed": mixed}
