"""Dose and response (SCIENCE, experiment 12): one angle θ for every RoPE frequency sets the r expected at initialisation.

Scores learnt at distance Δ₁ and asked at Δ₂ are expected to correlate by cos((Δ₁ + Δ₂)θ). Roles:

- dose: θ in [0, π/2Δ₁], over which the expected r falls from +1 to −1, asked at Δ₁;
- alias: any other θ, asked at Δ₁; its p compares it with the dose of the same expected r, on the same seeds, two-sided
  (`tests.mean`);
- cross_distance: asked at Δ₂ ≠ Δ₁, without retraining; r is that of S_fwd at Δ₁, where it was learnt, and S_rev at Δ₂.

A series is one family's doses with θ > 0: at θ = 0 `source` and `reverse` are the same function, so that it reverses by
construction; its runs and cell are in the table, and no trend is over them. The value is the mean over seeds of Spearman's correlation of outcome and expected r; L and p are Page's, seeds as blocks, over the runs that passed at every dose. The trend
tested is that reversal follows r: probabilities, accuracies and r rise with the expected r, negative log-likelihoods and
steps fall with it. Doses of equal expected r at some distance have no order: no L and no p there.

Outcomes are those of the last checkpoint and of the first layer. source_steps: where `source` crosses accuracy .99,
interpolated linearly between the rows of the history (`learnt`); empty if it never does.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from reversal.statistics import intervals, learnt, levels, tests
from reversal.statistics.estimates import accuracy, correlation
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

READS = ["queries", "attention", "references"]

REVERSE = ("accuracy", "candidate_accuracy", "probability", "candidate_probability", "nll", "candidate_nll")
FALLING = ("reverse_nll", "reverse_candidate_nll", "source_nll", "source_steps")
"""Outcomes that are better when lower."""
TOLERANCE = 1e-6
"""Angles and expected correlations closer than this are the same."""
PLACE = ["role", "distance", "expected", "measure"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `dose`; cells without one RoPE angle have no rows.

    Args:
        cells: with the tables `queries`, `attention` and `references`.
        inference: confidence.

    Raises:
        ReversalError: queries or attention are not fully crossed.
    """
    turned = [cell for cell in cells if angle(cell) is not None and cell.family in ("MDM", "source-only")]
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
    asked = cell.tables["queries"]
    narrowed = cell.narrowed("queries", asked["step"] == cell.last_step)
    seen = cell.tables["attention"]
    narrowed = narrowed.narrowed("attention", (seen["layer"] == 0) & seen["step"].isin([0, cell.last_step]))
    parts = [_answers(accuracy.quantities(narrowed)), _source_steps(cell, asked)]
    if len(narrowed.tables["attention"]):
        crossed = {**narrowed.tables, "attention": _as_told(narrowed.tables["attention"])}
        found = correlation.quantities(dataclasses.replace(narrowed, tables=crossed))
        parts.append(_scores(found, cell.last_step))
    joined = levels.beside(parts)
    theta, own = angle(cell), _own_distance(cell)
    expected = np.cos((own + joined.keys["distance"].to_numpy(dtype=float)) * theta)
    dose = -TOLERANCE <= theta <= math.pi / (2 * own) + TOLERANCE
    role = np.where(joined.keys["distance"] != own, "cross_distance", "dose" if dose else "alias")
    keys = joined.keys.assign(expected=expected, role=role)[PLACE]
    return Quantities(keys, joined.values, joined.pool, joined.fisher)


def _own_distance(cell: CellRuns) -> int:
    asked = cell.tables["queries"]
    return int(asked.loc[asked["own_distance"], "distance"].iloc[0])


def _answers(found: Quantities) -> Quantities:
    """Outcomes of the queries: `reverse` in the frame of the text, `source`, `wrong_frame`."""
    keys = found.keys
    renamed = pd.Series(index=keys.index, dtype=object)
    held_out = (keys["query"] == "reverse") & ~keys["trained"]
    for measure in REVERSE:
        renamed[held_out & (keys["measure"] == measure)] = f"reverse_{measure}"
    renamed[held_out & (keys["measure"] == "echo")] = "echo"
    own = keys["own_distance"].astype(bool)
    renamed[own & (keys["query"] == "source") & (keys["measure"] == "nll")] = "source_nll"
    wrong = (keys["query"] == "wrong_frame") & (keys["measure"] == "candidate_probability")
    renamed[own & wrong] = "wrong_frame_candidate_probability"
    return _renamed(found, renamed)


def _as_told(attention: pd.DataFrame) -> pd.DataFrame:
    """The rows with S_fwd as at the distance told, beside S_rev at every distance: cos((Δ₁ + Δ₂)θ) is their r."""
    place = ["seed", "step", "layer", "head", "pair"]
    told = attention[attention["own_distance"]].set_index(place)["score_fwd"]
    return attention.assign(score_fwd=told.reindex(pd.MultiIndex.from_frame(attention[place])).to_numpy())


def _scores(found: Quantities, last_step: int) -> Quantities:
    """Outcomes of the scores: r at both ends of training, and the weight in the reverse query; means over heads."""
    keys = found.keys
    renamed = pd.Series(index=keys.index, dtype=object)
    all_heads = keys["head"].isna()
    last = all_heads & (keys["step"] == last_step)
    renamed[all_heads & (keys["step"] == 0) & (keys["measure"] == "pearson")] = "r_initial"
    renamed[last & (keys["measure"] == "pearson")] = "r_trained"
    renamed[last & (keys["measure"] == "weight_rev")] = "weight_rev"
    return _renamed(found, renamed)


def _renamed(found: Quantities, renamed: pd.Series) -> Quantities:
    kept = found.only(renamed.notna())
    keys = kept.keys.assign(measure=renamed.dropna().to_numpy())
    return Quantities(keys[["distance", "measure"]], kept.values, kept.pool, kept.fisher)


def _source_steps(cell: CellRuns, asked: pd.DataFrame) -> Quantities:
    """Step of the history at which `source` is learnt."""
    history = cell.tables["history"]
    first = learnt.crossed(history[history["query"] == "source"], cell.seeds, ["step"])
    distance = asked.loc[asked["own_distance"], "distance"].iloc[0]
    keys = pd.DataFrame({"distance": [distance], "measure": ["source_steps"]})
    return Quantities(keys, first)


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
    outcomes = runs.pivot(index="seed", columns="cell", values="value")[by_dose.index].dropna()
    outcomes, expected = outcomes.to_numpy(dtype=np.float64), np.round(by_dose.to_numpy(), 6)
    slopes = rank_slopes(outcomes, expected)[:, None]
    low, high = intervals.interval(slopes, inference["confidence"])
    ordered = len(np.unique(expected)) == len(expected)
    statistic, p_value = tests.page(-outcomes if measure in FALLING else outcomes) if ordered else (np.nan, np.nan)
    return {
        "runs": len(outcomes),
        "value": slopes.mean() if len(slopes) and not np.isnan(slopes).all() else np.nan,
        "low": low[0],
        "high": high[0],
        "page": statistic,
        "p_value": p_value,
    }


def rank_slopes(outcomes: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Spearman's correlation of outcomes (S, D) with the expected r (D,), one a seed; none where either is constant."""
    outcome_ranks = rankdata(outcomes, axis=1) if len(outcomes) else outcomes
    expected_ranks = np.repeat(rankdata(expected)[:, None], len(outcomes), axis=1)
    equal = np.full((1, len(expected)), 1 / len(expected))
    return correlation.pearson(equal, outcome_ranks.T, expected_ranks)[0]
