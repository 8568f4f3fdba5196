"""How well each query is answered: means over pairs, by run and by cell, at every checkpoint.

With x_sp the outcome of pair p in seed s, a run's value is x̄_s = Σ_p x_sp / N, a cell's Σ_s x̄_s / S; intervals are over
seeds (`intervals`). An answer is correct when its mid-rank is below 1.5, so that a tie for the first place is none. Where a
text tells some pairs both ways, `wrong_frame` and `reverse` in another frame or at another distance are taken over the pairs
that `reverse` itself holds out. Chance is guessing: 1/V and ln V over the vocabulary, 1/N and ln N among the candidates
(SCIENCE, "Words"); step by step both guesses have to be right, 1/N² and 2 ln N. What was measured of no pair has no row.
Tests at the last checkpoint: `tests.superiority` to chance, and `tests.non_superiority` to chance + margin; the unit is the
seed.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.data import texts
from reversal.statistics import levels, tests
from reversal.statistics.arrays import crossing, rectangle
from reversal.statistics.levels import Quantities
from reversal.statistics.measures import CORRECT
from reversal.statistics.runs import CellRuns

READS = ["queries"]

GROUP = ["query", "frame", "distance", "own_distance", "trained"]
RANKS = {"accuracy": "rank", "candidate_accuracy": "candidate_rank"}
MEANS = (
    "probability",
    "candidate_probability",
    "nll",
    "candidate_nll",
    "rank",
    "candidate_rank",
    "mass_a",
    "mass_b",
    "echo",
)
MEASURES = (*RANKS, *MEANS)


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `accuracy`.

    Args:
        cells: with the table `queries`.
        inference: confidence, margin (accuracy above chance that would count).

    Raises:
        ReversalError: queries are not fully crossed.
    """
    return levels.together("accuracy", [_cell(cell, inference) for cell in cells])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> pd.DataFrame:
    found = quantities(cell)
    return levels.table("accuracy", cell, found, inference, lambda runs: _tested(runs, cell.last_step, inference))


def quantities(cell: CellRuns) -> Quantities:
    """Means over pairs: one quantity a query, frame, distance, trained or not, step and measure."""
    asked = held_to_the_same_pairs(cell.tables["queries"])
    parts = [
        _group(cell, dict(zip(GROUP, key, strict=True)), rows) for key, rows in asked.groupby(GROUP, observed=True)
    ]
    return levels.beside(parts)


def held_to_the_same_pairs(asked: pd.DataFrame) -> pd.DataFrame:
    """Held-out queries that lead back to A, of those pairs alone that are never told so, where some are and some are not.

    A model that was told a pair backward may know it in any frame and at any distance: beside the `reverse` that is held
    out, such a pair would make a confound look better than it is.
    """
    back = asked["query"].isin(["reverse", "wrong_frame"])
    pair = asked["seed"].astype("int64") * (1 + asked["pair"].max()) + asked["pair"]
    told = pair[back & asked["trained"]].unique()
    if len(told) in (0, pair[back].nunique()):
        return asked
    return asked[~(back & ~asked["trained"] & pair.isin(told))]


def _group(cell: CellRuns, group: dict[str, Any], rows: pd.DataFrame) -> Quantities:
    sources = [*RANKS.values(), *MEANS]
    found = rectangle(rows, ["step"], sources, f"cell {cell.name}, queries ({group['query']})")
    outcomes = found.values
    ranks = outcomes[..., : len(RANKS)]
    outcomes[..., : len(RANKS)] = np.where(np.isnan(ranks), np.nan, ranks < CORRECT)
    seeds, steps, pairs, measures = outcomes.shape
    by_pair = outcomes.transpose(0, 2, 1, 3).reshape(seeds, pairs, steps * measures)
    keys = crossing(step=found.axes["step"], measure=MEASURES).assign(**group)
    keys["chance"] = keys["measure"].map(chance(cell.settings["data"], group["query"]))
    means = by_pair.mean(1)
    return Quantities(keys, means).only(~np.isnan(means).all(0))


def chance(data: Mapping[str, Any], query: str) -> dict[str, float]:
    """Measure → its value under guessing the answer to a query; V words in the vocabulary, N candidates."""
    vocabulary, candidates = texts.of(data).guesses(data, query)
    return {
        "accuracy": 1 / vocabulary,
        "probability": 1 / vocabulary,
        "nll": math.log(vocabulary),
        "candidate_accuracy": 1 / candidates,
        "candidate_probability": 1 / candidates,
        "candidate_nll": math.log(candidates),
    }


def _tested(runs: Quantities, last_step: int, inference: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """p_above and p_not_above, (C,) each, for accuracies at the last checkpoint."""
    above, not_above = (np.full(len(runs.keys), np.nan) for _ in range(2))
    tested = np.flatnonzero(runs.keys["measure"].isin(list(RANKS)) & (runs.keys["step"] == last_step))
    if len(runs.values):
        few = runs.only(tested)
        for place, column in enumerate(tested):
            guessing = runs.keys["chance"].iloc[column]
            above[column] = tests.superiority(few.values[:, place], guessing)
            not_above[column] = tests.non_superiority(few.values[:, place], guessing + inference["margin"])
    return {"p_above": above, "p_not_above": not_above}
