"""What a run shows at its end, one number an outcome: its answers, how soon it learnt, its scores and its gradients.

Answers, of each query at the layout's own distance and in the frame of the text: `reverse_candidate_probability`,
`source_nll`, …; `echo` is the mass on the given entity in the reverse query. Of pairs told both ways `reverse` is a
trained query; the outcome is of the pairs told one way where there are any, and `trained` says what it is of.
source_steps, target_steps: where a trained query crosses accuracy .99, interpolated linearly between the rows of the
history (`learnt`); empty if it never does. The three signatures of P2:

- scores, of the first layer, over heads: r_initial and r_trained, weight_fwd and weight_rev (attention on the given entity);
- gradients, of all parameters: cosine_initial at step 0; cosine_fitting and matched_minus_mismatched, means over the
  checkpoints of `FITTING`, in which the trained loss falls (later the cosine says little: SCIENCE, "Surprises").

A cell without [M], attention or gradients has no such outcomes, and none of fitting where no checkpoint lies in it: what goes on
over cells (`mediation`, `sweep`, `dose`) leaves that outcome out there, and keeps the others.
"""

import dataclasses

import numpy as np
import pandas as pd

from reversal.statistics import learnt, levels, pooling
from reversal.statistics.estimates import accuracy, alignment, correlation
from reversal.statistics.levels import Quantities
from reversal.statistics.runs import CellRuns

QUERIES = ("source", "target", "reverse", "wrong_frame")
ANSWERS = ("accuracy", "candidate_accuracy", "probability", "candidate_probability", "nll", "candidate_nll")
FITTING = (0.04, 0.3)
"""Share of the training: from the end of the usual warm-up until most of the trained loss is gone."""
KEYS = ["distance", "measure", "trained", "chance"]


def of(cell: CellRuns, *, elsewhere: bool = False) -> Quantities:
    """The outcomes of every run, with the keys distance, measure, trained and chance; correlations in z.

    Args:
        cell: with the tables queries, attention, references and gradients.
        elsewhere: also `reverse`, its echo and the scores at distances at which nothing was told.

    Raises:
        ReversalError: queries or attention are not fully crossed.
    """
    parts = [_answers(cell, elsewhere), _steps(cell), _scores(cell, elsewhere), _gradients(cell)]
    return levels.beside([part for part in parts if len(part.keys)])


def own_distance(cell: CellRuns) -> int:
    """Token positions between the entities as they were told."""
    asked = cell.tables["queries"]
    return int(asked.loc[asked["own_distance"], "distance"].iloc[0])


def _renamed(found: Quantities, names: pd.Series) -> Quantities:
    """The quantities that have a name, as outcomes of that name."""
    kept = found.only(names.notna())
    keys = kept.keys.assign(measure=names.dropna().to_numpy()).reindex(columns=KEYS)
    return Quantities(keys, kept.values, fisher=kept.fisher)


def _without_pairs(cell: CellRuns, values: dict[str, np.ndarray]) -> Quantities:
    """Outcomes (S,) that are not means over pairs."""
    keys = pd.DataFrame({"distance": own_distance(cell), "measure": list(values)}).reindex(columns=KEYS)
    columns = np.stack(list(values.values()), axis=1) if values else np.empty((len(cell.seeds), 0))
    return Quantities(keys, columns)


def _answers(cell: CellRuns, elsewhere: bool) -> Quantities:
    asked = cell.tables["queries"]
    last = asked["step"] == cell.last_step
    found = accuracy.quantities(cell.narrowed("queries", last if elsewhere else last & asked["own_distance"]))
    keys = found.keys
    query, measure = keys["query"].astype(str), keys["measure"].astype(str)
    reverse = _held_out(keys)
    told = keys["own_distance"].astype(bool) & query.isin(QUERIES) & (query != "reverse")
    names = (query + "_" + measure).where((told | reverse) & measure.isin(ANSWERS))
    return _renamed(found, names.mask(reverse & (measure == "echo"), "echo"))


def _held_out(keys: pd.DataFrame) -> pd.Series:
    """Is a quantity `reverse` in the frame of the text, of pairs told one way where there are any?"""
    reverse = keys["query"] == "reverse"
    if (reverse & (keys["frame"] == "inverse")).any():
        reverse &= keys["frame"] == "inverse"
    trained = keys["trained"].astype(bool)
    return reverse & ~trained if (reverse & ~trained).any() else reverse


def _steps(cell: CellRuns) -> Quantities:
    history = cell.tables["history"]
    trained = [query for query in cell.trained if query in QUERIES]
    return _without_pairs(
        cell,
        {
            f"{query}_steps": learnt.crossed(history[history["query"] == query], cell.seeds, ["step"])[:, 0]
            for query in trained
        },
    )


def _scores(cell: CellRuns, elsewhere: bool) -> Quantities:
    seen = cell.tables["attention"]
    kept = (seen["layer"] == 0) & seen["step"].isin([0, cell.last_step])
    seen = seen[kept if elsewhere else kept & seen["own_distance"]]
    if not len(seen):
        return _without_pairs(cell, {})
    found = correlation.quantities(dataclasses.replace(cell, tables={**cell.tables, "attention": _as_told(seen)}))
    keys = found.keys
    names = pd.Series(index=keys.index, dtype=object)
    all_heads, last = keys["head"].isna(), keys["step"] == cell.last_step
    names[all_heads & (keys["step"] == 0) & (keys["measure"] == "pearson")] = "r_initial"
    names[all_heads & last & (keys["measure"] == "pearson")] = "r_trained"
    for weight in ("weight_fwd", "weight_rev"):
        names[all_heads & last & (keys["measure"] == weight)] = weight
    return _renamed(found, names)


def _as_told(attention: pd.DataFrame) -> pd.DataFrame:
    """The rows with S_fwd as at the distance told, beside S_rev at every distance: what r across distances is of."""
    place = ["seed", "step", "layer", "head", "pair"]
    told = attention[attention["own_distance"]].set_index(place)["score_fwd"]
    return attention.assign(score_fwd=told.reindex(pd.MultiIndex.from_frame(attention[place])).to_numpy())


def _gradients(cell: CellRuns) -> Quantities:
    rows = cell.tables["gradients"]
    rows = rows[rows["group"] == "all"]
    if not len(rows):
        return _without_pairs(cell, {})
    found = alignment.quantities(dataclasses.replace(cell, tables={**cell.tables, "gradients": rows}))
    step, measure = found.keys["step"], found.keys["measure"]
    fitting = step.between(*(share * cell.last_step for share in FITTING))
    chosen = {
        "cosine_initial": (measure == "cosine") & (step == 0),
        "cosine_fitting": (measure == "cosine") & fitting,
        "matched_minus_mismatched": (measure == "matched_minus_mismatched") & fitting,
    }
    return _without_pairs(
        cell, {name: pooling.mean(found.values[:, these], 1) for name, these in chosen.items() if these.any()}
    )
