"""What a probe might find of language models, made up: answers, heads and slopes with the columns of the dictionary."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from reversal import tables
from reversal.statistics.arrays import crossing
from reversal.statistics.runs import CellRuns

STEPS = (0, 100)
RELATIONS = {"capital": 4, "symbol": 2}
"""Relation → entities of a role, which are as many as its facts."""
FACTS = [relation for relation, count in RELATIONS.items() for _ in range(count)]
"""Relation of each fact."""


def cell_of(table: str, rows: pd.DataFrame, passed: Mapping[int, bool], **changes: object) -> CellRuns:
    """A cell of language models with one table."""
    about = {
        "name": "mdm", "label": "MDM", "family": "MDM", "trained": ("source", "target"),
        "settings": {"checkpoints": list(STEPS)},
    }  # fmt: skip
    return CellRuns(**{**about, "tables": {table: rows}, "passed": dict(passed), **changes})


def answers(
    seeds: Iterable[int],
    ranks: np.ndarray | float = 1.0,
    both: Mapping[int, Sequence[int]] | None = None,
    templates: int = 2,
) -> pd.DataFrame:
    """Questions whose ranks are given, broadcast to (seeds, steps, facts, queries, templates); the NLL is ln rank.

    Args:
        seeds: master seeds.
        ranks: of the answers.
        both: seed → facts told both ways; others are told forward.
        templates: of each query.
    """
    rows = crossing(
        seed=list(seeds),
        step=list(STEPS),
        fact=range(len(FACTS)),
        query=["source", "reverse"],
        template=range(templates),
    )
    shape = (rows["seed"].nunique(), len(STEPS), len(FACTS), 2, templates)
    rows["rank"] = np.broadcast_to(ranks, shape).ravel()
    told = [fact in (both or {}).get(seed, ()) for seed, fact in zip(rows["seed"], rows["fact"], strict=True)]
    told_both = np.array(told)
    rows = rows.assign(
        question=range(len(rows)),
        relation=[FACTS[fact] for fact in rows["fact"]],
        told=np.where(told_both, "both", "forward"),
        trained=(rows["query"] == "source") | told_both,
        exact=rows["rank"] == 1,
        nll=np.log(rows["rank"]),
        tokens=1,
    )
    return rows.assign(frame=rows["relation"], candidates=rows["relation"].map(RELATIONS))[columns("answers")]


def heads(
    seeds: Iterable[int], r: np.ndarray | float, steps: Sequence[int] = STEPS, facts: int = 102, **changes: object
):
    """Two layers of two heads whose r is given, broadcast to (seeds, steps, layers, heads); the weights are a half."""
    rows = crossing(seed=list(seeds), step=list(steps), layer=range(2), head=range(2))
    rows["r"] = np.broadcast_to(r, (rows["seed"].nunique(), len(steps), 2, 2)).ravel()
    rows = rows.assign(relation="all", distance=2.0, facts=facts, pairs=facts, strata=1, freedom=3 * facts, wrong_r=0.0)
    weights = dict.fromkeys(("weight_fwd", "weight_rev", "wrong_weight_fwd", "wrong_weight_rev"), 0.5)
    return rows.assign(score_fwd=0.0, score_rev=0.0, **{**weights, **changes})[columns("heads")]


def slopes(seeds: Iterable[int], steps: Sequence[int] = (0,)) -> pd.DataFrame:
    """Gradients whose cosine grows with the seed."""
    rows = crossing(seed=list(seeds), step=list(steps), group=["all", "query_key"]).assign(forward="source")
    rows = rows.assign(cosine=0.5 + 0.01 * rows["seed"], matched=0.6, mismatched=0.1, facts=6, compared=6, layers=2)
    return rows[columns("slopes")]


def columns(table: str) -> list[str]:
    """The columns of a table, in order."""
    return list(tables.entry(table)["columns"])
