"""From quantities of every run to the two levels of every table: each run, and each cell's runs taken together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reversal import tables
from reversal.statistics import intervals, measures, pooling
from reversal.statistics.runs import CellRuns


@dataclass(frozen=True)
class Quantities:
    """C quantities of S runs."""

    keys: pd.DataFrame
    """C rows: what each quantity is (step, query, measure, …)."""
    values: np.ndarray
    """float64 (S, C); not a number where a run has none. Correlations are in Fisher's z."""
    fisher: np.ndarray | None = None
    """bool (C,): is the quantity a correlation, averaged in z and told in r? None for no."""

    @property
    def told(self) -> np.ndarray:
        """float64 (S, C): the values as tables tell them, correlations in r."""
        return self.tell(self.values)

    def tell(self, values: np.ndarray) -> np.ndarray:
        """Values (…, C) as tables tell them."""
        return values if self.fisher is None else np.where(self.fisher, pooling.correlation(values), values)

    def of_runs(self, chosen: np.ndarray) -> "Quantities":
        """The quantities of some of the runs (bool or int)."""
        return Quantities(self.keys, self.values[chosen], self.fisher)

    def only(self, chosen: np.ndarray | pd.Series) -> "Quantities":
        """Some of the quantities (bool or int)."""
        chosen = np.asarray(chosen)
        fisher = None if self.fisher is None else self.fisher[chosen]
        return Quantities(self.keys.loc[chosen].reset_index(drop=True), self.values[:, chosen], fisher)


def beside(parts: Sequence[Quantities]) -> Quantities:
    """Quantities of the same runs, one after another."""
    fishers = [np.zeros(len(part.keys), bool) if part.fisher is None else part.fisher for part in parts]
    return Quantities(
        pd.concat([part.keys for part in parts], ignore_index=True),
        np.concatenate([part.values for part in parts], axis=1),
        np.concatenate(fishers),
    )


DTYPES = {"int32": "Int32", "bool": "boolean", "float64": np.float64}
"""Types in which a column may be empty; labels are objects."""

Extra = Callable[[Quantities], Mapping[str, np.ndarray]]


def summary(quantities: Quantities, inference: Mapping[str, Any]) -> pd.DataFrame:
    """One row a quantity: the mean over its runs with its interval, which ends where the measure does, and how many have a value."""
    low, high = (
        intervals.interval(quantities.values, inference["confidence"])
        if len(quantities.values)
        else np.full((2, len(quantities.keys)), np.nan)
    )
    least, most = np.reshape([measures.span(measure) for measure in quantities.keys["measure"]], (-1, 2)).T
    return quantities.keys.assign(
        value=quantities.tell(pooling.mean(quantities.values, 0)) if len(quantities.values) else np.nan,
        low=np.maximum(quantities.tell(low), least),
        high=np.minimum(quantities.tell(high), most),
        runs=(~np.isnan(quantities.values)).sum(0),
    )


def table(
    name: str, cell: CellRuns, quantities: Quantities, inference: Mapping[str, Any], extra: Extra | None = None
) -> pd.DataFrame:
    """Rows of a statistics table: level run, then level cell over the runs that passed and over all.

    Args:
        name: table in the data dictionary, which says the columns.
        cell: whose runs, in the order of its seeds.
        quantities: of those runs.
        inference: confidence.
        extra: further columns of the cell's rows from the runs that it is made of, such as p.
    """
    learned = cell.learned
    parts = [_runs(cell, quantities)]
    over_all = None
    for gated in (False, True):
        chosen = learned if gated else np.ones(len(learned), dtype=bool)
        if over_all is None or not learned.all():
            used = quantities.of_runs(chosen)
            over_all = summary(used, inference).assign(**(extra(used) if extra else {}))
        parts.append(over_all.assign(level="cell", gated=gated, excluded=int((~learned).sum())))
    rows = pd.concat(parts, ignore_index=True)
    last = rows["step"] == cell.last_step
    return columns_of(name, rows.assign(cell=cell.name, label=cell.label, family=cell.family, last=last))


def _runs(cell: CellRuns, quantities: Quantities) -> pd.DataFrame:
    count = len(quantities.keys)
    return pd.concat([quantities.keys] * len(cell.seeds), ignore_index=True).assign(
        level="run",
        seed=pd.array(np.repeat(cell.seeds, count), dtype="Int32"),
        passed=pd.array(np.repeat(cell.learned, count), dtype="boolean"),
        value=quantities.told.ravel(),
    )


def columns_of(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with exactly the dictionary's columns of a table, in its order; what is not said is empty."""
    described = tables.entry(name)["columns"]
    rows = rows.reindex(columns=list(described))
    return rows.astype({column: DTYPES.get(entry["type"], object) for column, entry in described.items()})


def together(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all cells; without any, an empty table with the right columns."""
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else columns_of(name, pd.DataFrame())
