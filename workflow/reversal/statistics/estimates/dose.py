"""Dose and response (SCIENCE, experiment 12): one angle θ for every RoPE frequency sets the r expected at initialisation.

Scores learnt at distance Δ₁ and asked at Δ₂ are expected to correlate by cos((Δ₁ + Δ₂)θ). Roles:

- dose: θ in [0, π/2Δ₁], over which the expected r falls from +1 to −1, asked at Δ₁;
- alias: any other θ, asked at Δ₁; its p compares it with the dose of the same expected r, on the same seeds, two-sided
  (`tests.mean`);
- cross_distance: asked at Δ₂ ≠ Δ₁, without retraining; r is that of S_fwd at Δ₁, where it was learnt, and S_rev at Δ₂.

A series is one family's doses with θ > 0: at θ = 0 `source` and `reverse` are the same function, so that it reverses by
construction; its runs and cell are in the table, and no trend is over them. The value is the mean over seeds of Spearman's
correlation of outcome and expected r; L and p are Page's, seeds as blocks, over the runs that passed at every dose. The
trend tested is that reversal follows r: probabilities, accuracies and r rise with the expected r, negative log-likelihoods
and steps fall with it. Doses of equal expected r at some distance have no order: no L and no p there.

Outcomes (`statistics.outcomes`) are those of the last checkpoint and of the first layer, and those of the gradients at
step 0 and while the model fits.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels, measures, outcomes, tests, trends
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["queries", "attention", "references", "gradients"]

MEASURES = (
    *(f"reverse_{measure}" for measure in outcomes.ANSWERS),
    *("source_nll", "source_steps", "wrong_frame_candidate_probability", "echo"),
    *("r_initial", "r_trained", "weight_fwd", "weight_rev"),
    *("cosine_initial", "cosine_fitting", "matched_minus_mismatched"),
)
TOLERANCE = 1e-6
"""Angles and expected correlations closer than this are the same."""
PLACE = ["role", "distance", "expected", "measure"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `dose`; cells without one RoPE angle, or that train no `source`, have no rows.

    Args:
        cells: with the tables `queries`, `attention`, `references` and `gradients`.
        inference: confidence.

    Raises:
        ReversalError: queries or attention are not fully crossed.
    """
    turned = [cell for cell in cells if angle(cell) is not None and "source" in cell.trained]
    found = {cell.name: quantities(cell) for cell in turned}
    parts = [_cell(cell, found[cell.name], inference) for cell in turned]
    rows = levels.together("dose", parts)
    if not len(rows):
        return rows
    return levels.together("dose", [_against_dose(rows), _series(rows, inference)])


def angle(cell: CellRuns) -> float | None:
    """θ in radians a position, where the cell has one angle for every frequency."""
    position = cell.settings["model"].get("position", {})
    return position.get("angle") if position.get("kind") == "rope" else None


def quantities(cell: CellRuns) -> Quantities:
    """One quantity a role, distance and outcome; correlations in z."""
    found = outcomes.of(cell, elsewhere=True)
    found = found.only(found.keys["measure"].isin(MEASURES))
    theta, own = angle(cell), outcomes.own_distance(cell)
    expected = np.cos((own + found.keys["distance"].to_numpy(dtype=float)) * theta)
    at_own = "dose" if in_range(theta, own) else "alias"
    role = np.where(found.keys["distance"] != own, "cross_distance", at_own)
    keys = found.keys.assign(expected=expected, role=role)[PLACE]
    return Quantities(keys, found.values, fisher=found.fisher)


def in_range(theta: float, distance: int) -> bool:
    """Is θ a dose, from 0 to where the expected r is −1? Any other angle is an alias of one."""
    return -TOLERANCE <= theta <= math.pi / (2 * distance) + TOLERANCE


def _cell(cell: CellRuns, found: Quantities, inference: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of the runs, and of the cell over those that passed."""
    count = len(found.keys)
    runs = pd.concat([found.keys] * len(cell.seeds), ignore_index=True).assign(
        level="run",
        seed=np.repeat(cell.seeds, count),
        passed=np.repeat(cell.learned, count),
        value=found.told.ravel(),
    )
    of_cell = levels.summary(found.of_runs(cell.learned), inference).assign(level="cell")
    rows = pd.concat([runs, of_cell], ignore_index=True)
    return levels.columns_of("dose", rows.assign(series=cell.family, cell=cell.name, angle=angle(cell)))


def _against_dose(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with p of no difference to the dose of the same expected r, for alias cells."""
    runs = rows[(rows["level"] == "run") & rows["passed"].fillna(False).astype(bool)]
    doses = runs[runs["role"] == "dose"]
    p_value = rows["p_value"].astype(float).copy()
    for index, row in rows[(rows["level"] == "cell") & (rows["role"] == "alias")].iterrows():
        same = (doses["series"] == row["series"]) & (doses["measure"] == row["measure"])
        same &= (doses["expected"] - row["expected"]).abs() < TOLERANCE
        own = runs[(runs["cell"] == row["cell"]) & (runs["measure"] == row["measure"]) & (runs["role"] == "alias")]
        paired = own.set_index("seed")["value"] - doses[same].groupby("seed")["value"].mean()
        p_value[index] = tests.mean(paired.to_numpy(dtype=np.float64))
    return rows.assign(p_value=p_value)


def _series(rows: pd.DataFrame, inference: Mapping[str, Any]) -> pd.DataFrame:
    """One row a series, role, distance and measure: the trend over the doses with θ > 0."""
    runs = rows[(rows["level"] == "run") & rows["passed"].fillna(False).astype(bool)]
    doses = runs.loc[(runs["role"] == "dose") & (runs["angle"] > TOLERANCE), "cell"].unique()
    runs = runs[runs["cell"].isin(doses)]
    found = []
    for key, group in runs.groupby(["series", "role", "distance", "measure"], observed=True):
        place = dict(zip(["series", "role", "distance", "measure"], key, strict=True))
        found.append({"level": "series", **place, **_trend(group, place["measure"], inference)})
    return levels.columns_of("dose", pd.DataFrame(found))


def _trend(runs: pd.DataFrame, measure: str, inference: Mapping[str, Any]) -> dict[str, Any]:
    by_dose = runs.groupby("cell", observed=True)["expected"].first().sort_values()
    found = runs.pivot(index="seed", columns="cell", values="value")[by_dose.index].dropna()
    found, expected = found.to_numpy(dtype=np.float64), np.round(by_dose.to_numpy(), 6)
    ordered = len(np.unique(expected)) == len(expected)
    statistic, p_value = (
        tests.page(-found if measures.lower_is_better(measure) else found) if ordered else (np.nan, np.nan)
    )
    return {**trends.mean_slope(found, expected, inference), "page": statistic, "p_value": p_value}
