"""Choosing rows of the statistics tables: runs, estimates, and which of two estimates is the one to show.

A cell's estimate over the runs that passed the gate is preferred; where no run did, the one over all runs takes its
place and is marked `hollow`, so that it is drawn hollow and never mistaken for the other.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from reversal.figures import palette

KEYS = (
    "cell", "family", "series", "setting", "role", "step", "query", "frame", "distance", "own_distance", "trained",
    "both_ways", "told", "relation", "layer", "head", "forward", "group", "measure", "outcome", "mediator", "given",
)  # fmt: skip
"""Columns that say what a row is about, in whichever table they are."""
AGREE = 1e-9
"""Values closer than this are one value, computed in two ways."""


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with labels as plain strings, however it was read."""
    categories = [name for name in table.columns if isinstance(table[name].dtype, pd.CategoricalDtype)]
    return table.assign(**{name: table[name].astype(object) for name in categories})


def runs(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of single runs that have a value, with `hollow`: the run did not pass the gate."""
    found = table[(table["level"] == "run") & table["value"].notna()]
    return found.assign(hollow=~found["passed"].eq(True))


def estimates(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell and thing measured, with `hollow`: no run passed the gate, so that all are in it."""
    found = table[(table["level"] == "cell") & table["value"].notna()]
    gated = found["gated"].eq(True) if "gated" in found else pd.Series(True, index=found.index)
    found = found.assign(hollow=~gated)
    found = found.sort_values("hollow", kind="stable")
    return found.drop_duplicates([key for key in KEYS if key in found.columns]).sort_index()


def by_unit(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """The rows in such an order that `estimates` takes what is over seeds from so many on, and else what is over facts."""
    seeds = table[table["level"] == "run"].groupby("cell")["seed"].nunique()
    few = table["cell"].map(seeds).fillna(0) < fewest
    second = (table["over"] == "facts") != few
    return pd.concat([table[~second], table[second]], ignore_index=True)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Runs and estimates together: what a panel draws."""
    parts = [part for part in (estimates(table), runs(table)) if len(part)]
    return pd.concat(parts) if parts else table.iloc[:0].assign(hollow=pd.Series(dtype=bool))


def levels(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A panel's estimates, and its runs in the order of their seeds."""
    return panel[panel["level"] == "cell"], panel[panel["level"] == "run"].sort_values("seed", kind="stable")


def where(table: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    """Rows whose columns have these values; a list means any of them, None means empty."""
    for name, value in wanted.items():
        column = table[name]
        if value is None:
            table = table[column.isna()]
        elif isinstance(value, list | tuple):
            table = table[column.isin(value)]
        else:
            table = table[column == value]
    return table


def common(values: pd.Series) -> float | None:
    """What all rows that have a value agree on, such as chance; None where they differ, or where none has any."""
    known = values.dropna()
    return float(known.iloc[0]) if len(known) and np.ptp(known) < AGREE else None


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table, one row each (cell, label, family): families in the palette's order."""
    found = table[["cell", "label", "family"]].drop_duplicates("cell")
    ranked = found.assign(rank=[palette.order(family) for family in found["family"]])
    return ranked.sort_values("rank", kind="stable").drop(columns="rank").reset_index(drop=True)


def dashes(found: pd.DataFrame) -> dict[str, object]:
    """A dash pattern for each cell: solid for the first of its family, others for the rest."""
    place = found.groupby("family").cumcount()
    return {cell: palette.DASHES[index % len(palette.DASHES)] for cell, index in zip(found["cell"], place, strict=True)}


def held_out(table: pd.DataFrame, query: str, *, elsewhere: bool = False) -> pd.DataFrame:
    """Rows of a query as it was told: at its own distance, in its right frame, each cell's untrained pairs if any.

    Of a pair that is told both ways, `reverse` is trained; a cell that has nothing else shows that.

    Args:
        table: rows of answers, with the columns query, frame, distance, own_distance and trained.
        query: the one to take.
        elsewhere: also at distances at which nothing was told, each with its own untrained pairs.
    """
    found = where(table, query=query)
    found = found if elsewhere else where(found, own_distance=True)
    if query == "reverse":
        right = found.groupby("cell")["frame"].transform(
            lambda frames: "inverse" if "inverse" in set(frames) else frames
        )
        found = found[found["frame"] == right]
        if len(found):
            trained = found["trained"].astype(bool)
            only_trained = trained.groupby([found["cell"], found["distance"]]).transform("all")
            found = found[~trained | only_trained]
    return found


def beside(table: pd.DataFrame, x: str, y: str, on: Sequence[str]) -> pd.DataFrame:
    """Two measures of the same runs or cells in one row: value, low, high and x_value, x_low, x_high."""
    left = where(table, measure=y)
    right = where(table, measure=x)[[*on, "value", "low", "high"]]
    return left.merge(right.rename(columns={name: f"x_{name}" for name in ("value", "low", "high")}), on=list(on))


def numbers(panels: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the panels draw in one table, panel by panel, without the columns that say nothing."""
    parts = [part.drop(columns="hollow", errors="ignore").assign(panel=name) for name, part in panels.items()]
    whole = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    kept = [name for name in whole.columns if name != "panel" and (whole[name].notna().any() or name == "value")]
    return whole[["panel", *kept]]


def excluded(parts: Iterable[pd.DataFrame]) -> dict[str, str]:
    """What to add to the name of a cell some of whose runs did not pass the gate."""
    cells = pd.concat(list(parts))
    cells = cells[(cells["level"] == "cell") & (cells["excluded"] > 0)]
    every = cells["runs"] + cells["excluded"].where(~cells["hollow"].astype(bool), 0)
    words = [f" ({out:.0f}\u00a0of\u00a0{of:.0f}\u00a0out)" for out, of in zip(cells["excluded"], every, strict=True)]
    return dict(zip(cells["cell"], words, strict=True))


def not_learnt(parts: Iterable[pd.DataFrame]) -> str:
    """A note on hollow marks, empty where there are none."""
    drawn = pd.concat([part for part in parts if len(part)] or [pd.DataFrame({"hollow": [], "level": []})])
    if not drawn["hollow"].any():
        return ""
    every = drawn[drawn["level"] == "run"].drop_duplicates(["cell", "seed"])
    note = f"Hollow: did not learn the trained queries ({int(every['hollow'].sum())} of {len(every)} runs)"
    alone = drawn[(drawn["level"] == "cell") & drawn["hollow"]]["cell"].nunique()
    return note + (
        f"; no run of {alone} {'cell' if alone == 1 else 'cells'} did, and its estimate is over all." if alone else "."
    )
