"""What a statistic is made from: the runs of one cell, with the tables that were evaluated for them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reversal import tables
from reversal.errors import ReversalError
from reversal.series import Place


@dataclass(frozen=True)
class CellRuns:
    """The runs of one cell, all blocks of seeds taken together."""

    name: str
    label: str
    family: str
    trained: tuple[str, ...]
    """Queries that the objective trains; none of a published checkpoint, which has no gate to pass."""
    settings: Mapping[str, Any]
    """data, model, objective, optimisation, checkpoints."""
    tables: Mapping[str, pd.DataFrame]
    """Table name → its rows; labels are categories."""
    passed: Mapping[int, bool]
    """Master seed → did the run learn its trained queries (SCIENCE, "Gate")?"""
    series: tuple[Place, ...] = ()
    """Where the cell stands in the series of its experiment."""

    @property
    def seeds(self) -> np.ndarray:
        """Int (S,): master seeds, ascending."""
        return np.array(sorted(self.passed), dtype=np.int64)

    @property
    def learned(self) -> np.ndarray:
        """Bool (S,): did the run of each seed pass the gate?"""
        return np.array([self.passed[seed] for seed in self.seeds], dtype=bool)

    @property
    def last_step(self) -> int:
        """Optimiser steps at the last checkpoint."""
        return int(max(self.settings["checkpoints"]))

    def narrowed(self, table: str, kept: pd.Series | np.ndarray) -> "CellRuns":
        """The same runs with only some rows (bool, one a row) of one table."""
        return dataclasses.replace(self, tables={**self.tables, table: self.tables[table][np.asarray(kept)]})


@dataclass(frozen=True)
class Gate:
    """What a run's trained queries must reach at the last step of its history for the run to count."""

    accuracy: float
    """At least that, in every one of them."""
    nll: float | None = None
    """Below that (nats a token), in every one of them; None asks for none."""

    def passed(self, final: pd.DataFrame) -> bool:
        """Do rows of the history, one a trained query, pass? Both are single floats there."""
        accurate = final["accuracy"].astype(np.float32) >= np.float32(self.accuracy)
        return bool(
            accurate.all() and (self.nll is None or (final["nll"].astype(np.float32) < np.float32(self.nll)).all())
        )


def load(record: Mapping[str, Any], gate: Gate) -> CellRuns:
    """The runs of a cell from files.

    Args:
        record: name, label, family, trained, settings, series (if any), and tables: name → paths of parquet files, one a block;
            `history` is among them, but of what was not trained here: a published checkpoint, whose `trained` is empty.
        gate: what every trained query must reach at the last step.

    Raises:
        ReversalError: a file is missing or damaged, or the history lacks a trained query.
    """
    frames = {name: tables.read_all(paths, name).to_pandas() for name, paths in record["tables"].items()}
    if record["trained"] and "history" not in frames:
        raise ReversalError(f"cell {record['name']}: table 'history' is missing; every statistic needs it for the gate")
    if record["trained"]:
        passed = gate_passed(frames["history"], record["trained"], gate, record["name"])
    else:
        passed = {int(seed): True for frame in frames.values() for seed in frame["seed"].unique()}
    return CellRuns(
        name=record["name"],
        label=record["label"],
        family=record["family"],
        trained=tuple(record["trained"]),
        settings=record["settings"],
        tables=frames,
        passed=passed,
        series=tuple(Place(*place) for place in record.get("series", ())),
    )


def gate_passed(history: pd.DataFrame, trained: Sequence[str], gate: Gate, cell: str) -> dict[int, bool]:
    """Master seed → do all trained queries pass the gate at the last step of its history?

    Raises:
        ReversalError: a run's history lacks a trained query.
    """
    passed = {}
    for seed, rows in history.groupby("seed"):
        final = rows[rows["step"] == rows["step"].max()].set_index("query")
        missing = [query for query in trained if query not in final.index]
        if missing:
            raise ReversalError(
                f"cell {cell}: history of seed {seed} lacks the trained query {missing[0]!r}; train the cell again"
            )
        passed[int(seed)] = gate.passed(final.loc[list(trained)])
    return passed
