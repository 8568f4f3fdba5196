"""How well a language model answers each query about its facts: by run, by cell and by fact.

A question's outcome is averaged over the questions of one fact and query, then over facts: a fact that is asked in four
templates weighs as much as one that is asked in one. An answer is correct among the candidates when its mid-rank is below
1.5. Told one way and both ways are apart, and together as `all`; so are the relations.

There are two units, and which of them fits is the design's to say. *Over seeds*, as everywhere: a run's mean is one value.
*Over facts*, for a few runs or for one published checkpoint: a fact's value is its mean over the runs that passed the gate
and in which it is told so, and says how far these models, not others trained like them, get beyond these facts. Intervals
of either are Student's, corrected for skewness (`intervals`). A published checkpoint was told nothing here, and passes.

Chance is guessing among the candidates: 1/C, and a rank of (C + 1)/2 for C of them, mean over facts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reversal.statistics import levels
from reversal.statistics.levels import Quantities
from reversal.statistics.measures import CORRECT
from reversal.statistics.runs import CellRuns

READS = ["answers"]
STAGE = "language"

MEASURES = ["exact", "candidate_accuracy", "nll", "rank"]
ASKED = ["query", "told", "relation"]
"""What tells one group of questions from another."""
EVERY = "all"
"""What stands for facts told either way, and for all relations together."""


def estimate(cells: list[CellRuns], inference: Mapping[str, Any]) -> pd.DataFrame:
    """The table `recall`.

    Args:
        cells: with the table `answers`.
        inference: confidence.
    """
    return levels.together("recall", [_cell(cell, inference) for cell in cells if len(cell.tables["answers"])])


def _cell(cell: CellRuns, inference: Mapping[str, Any]) -> pd.DataFrame:
    facts = by_fact(cell)
    asked = _about(facts)
    seeds = levels.table("recall", cell, _described(_over_seeds(facts, cell), asked), inference)
    seeds["over"] = np.where(seeds["level"] == "cell", "seeds", None)
    learnt = facts[facts["seed"].isin(cell.seeds[cell.learned]) & (facts["step"] == cell.last_step)]
    return levels.together("recall", [seeds, *_facts_of(cell, learnt, asked, inference)])


def by_fact(cell: CellRuns) -> pd.DataFrame:
    """One row a seed, step and fact for each group of `ASKED` that the fact is in, with its mean outcomes."""
    answers = cell.tables["answers"].astype(dict.fromkeys(ASKED, str))
    if not cell.trained:  # the corpus of a published checkpoint draws what is told, and nobody is told it
        answers = answers.assign(told=EVERY, trained=np.nan)
    outcomes = answers.assign(
        candidate_accuracy=answers["rank"] < CORRECT,
        guessed=1 / answers["candidates"],
        guessed_rank=(answers["candidates"] + 1) / 2,
    )
    columns = [*MEASURES, "guessed", "guessed_rank", "tokens", "trained"]
    found = outcomes.groupby(["seed", "step", "fact", *ASKED])[columns].mean().reset_index()
    for name in ("told", "relation"):
        found = pd.concat([found, found[found[name] != EVERY].assign(**{name: EVERY})], ignore_index=True)
    return found


def _about(facts: pd.DataFrame) -> pd.DataFrame:
    """What is known of each group beside its outcomes: chance, tokens of an answer, and whether it was trained."""
    groups = facts.groupby(ASKED)
    means, trained = groups[["guessed", "guessed_rank", "tokens"]].mean(), groups["trained"].agg(["min", "max"])
    alike = trained["min"].where(trained["min"] == trained["max"])
    means["trained"] = alike.map({0.0: False, 1.0: True}).astype("boolean")
    return means.assign(facts=groups["fact"].nunique())


def _described(quantities: Quantities, asked: pd.DataFrame) -> Quantities:
    """The same with chance, and with how many facts, tokens and trained questions there are."""
    keys = quantities.keys.merge(asked.reset_index(), on=ASKED, how="left", validate="many_to_one")
    guesses = [keys["measure"] == "candidate_accuracy", keys["measure"] == "rank"]
    keys["chance"] = np.select(guesses, [keys["guessed"], keys["guessed_rank"]], np.nan)
    return Quantities(keys.drop(columns=["guessed", "guessed_rank"]), quantities.values)


def _over_seeds(facts: pd.DataFrame, cell: CellRuns) -> Quantities:
    """Means over the facts of each run."""
    long = facts.groupby(["seed", "step", *ASKED])[MEASURES].mean().stack().rename_axis(index={None: "measure"})
    wide = long.unstack("seed").reindex(columns=cell.seeds)
    return Quantities(wide.index.to_frame(index=False), wide.to_numpy(dtype=np.float64).T)


def _facts_of(
    cell: CellRuns, facts: pd.DataFrame, asked: pd.DataFrame, inference: Mapping[str, Any]
) -> list[pd.DataFrame]:
    """Rows of level fact, and those of level cell over them; none where no run passed."""
    if not len(facts):
        return []
    groups = facts.groupby(["fact", *ASKED])
    long = groups[MEASURES].mean().stack().rename_axis(index={None: "measure"})
    wide = long.unstack("fact")
    quantities = _described(Quantities(wide.index.to_frame(index=False), wide.to_numpy(dtype=np.float64).T), asked)
    runs = int(cell.learned.sum())
    over = levels.summary(quantities, inference).assign(
        level="cell", over="facts", gated=True, runs=runs, facts=(~np.isnan(quantities.values)).sum(0)
    )
    own = groups["tokens"].agg(tokens="mean", runs="size").reset_index()
    single = long.rename("value").reset_index().merge(own, on=["fact", *ASKED]).assign(level="fact")
    single = single.merge(quantities.keys.drop(columns=["facts", "tokens"]), on=[*ASKED, "measure"])
    common = {"cell": cell.name, "label": cell.label, "family": cell.family, "step": cell.last_step, "last": True}
    excluded = int((~cell.learned).sum())
    return [levels.columns_of("recall", rows.assign(**common)) for rows in (single, over.assign(excluded=excluded))]
