"""Outcomes along a setting that is varied by itself: the series that an experiment follows (`along`), one factor at a time.

A series is two or more cells that differ in one setting alone (`reversal.series`); a cell's runs and estimates are told
once for every series that it stands in. Outcomes are those of `statistics.outcomes`, at the distance told.

Level `series`, where the setting is a number: the value is the mean over seeds of Spearman's correlation of outcome and
setting, with its interval; with three levels or more, L and p are Page's (seeds as blocks), of a rise of the
outcome with the setting, and p is two-sided, twice the smaller of those of a rise and of a fall: which of them is expected
is for claims to say. Only runs that passed at every level of the series count; a level at which no run passed is left out,
and so is one at which every pair is told both ways, of `reverse`, for there it is a trained query.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.series import Place
from reversal.statistics import levels, outcomes, tests, trends
from reversal.statistics.runs import CellRuns

READS = ["queries", "attention", "references", "gradients"]
ALONG = True

SERIES = ["setting", "series"]


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `sweep`; cells that stand in no series have no rows.

    Args:
        cells: with the tables `queries`, `attention`, `references` and `gradients`, and their series.
        inference: confidence.

    Raises:
        ReversalError: queries or attention are not fully crossed.
    """
    rows = levels.together("sweep", [_cell(cell, inference) for cell in cells if cell.series])
    return levels.together("sweep", [rows, _trends(rows, inference)])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> pd.DataFrame:
    found = outcomes.of(cell)
    found.keys["step"] = cell.last_step
    rows = levels.table("sweep", cell, found, inference)
    return levels.together("sweep", [_placed(rows, place) for place in cell.series])


def _placed(rows: pd.DataFrame, place: Place) -> pd.DataFrame:
    """The rows of a cell as those of one of its series."""
    word = isinstance(place.value, str)
    about = {"setting_word": place.value} if word else {"setting_value": float(place.value)}
    return rows.assign(setting=place.setting, series=place.label, **about)


def _trends(rows: pd.DataFrame, inference: Mapping[str, Any]) -> pd.DataFrame:
    """One row a series and outcome, where the setting is a number."""
    runs = rows[(rows["level"] == "run") & rows["passed"].fillna(False).astype(bool) & rows["setting_value"].notna()]
    told = runs["measure"].astype(str).str.startswith("reverse") & runs["trained"].fillna(False).astype(bool)
    found = []
    for key, group in runs[~told].groupby([*SERIES, "measure"], observed=True, sort=False):
        place = dict(zip([*SERIES, "measure"], key, strict=True))
        families = group["family"].unique()
        place["family"] = families[0] if len(families) == 1 else None
        found.append({"level": "series", **place, **_trend(group, inference)})
    return levels.columns_of("sweep", pd.DataFrame(found))


def _trend(runs: pd.DataFrame, inference: Mapping[str, Any]) -> dict[str, Any]:
    by_level = runs.pivot(index="seed", columns="setting_value", values="value").dropna().sort_index(axis=1)
    found, setting = by_level.to_numpy(dtype=np.float64), by_level.columns.to_numpy(dtype=np.float64)
    rising, falling = tests.page(found), tests.page(-found)
    p_value = min(1.0, 2 * min(rising[1], falling[1])) if np.isfinite(rising[1]) else np.nan
    page = {"page": rising[0], "p_value": p_value}
    return {**trends.mean_slope(found, setting, inference), "levels": len(setting), **page}
