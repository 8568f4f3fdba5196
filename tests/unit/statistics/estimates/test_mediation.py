import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reversal.statistics import levels
from reversal.statistics.estimates import mediation
from reversal.statistics.tests import mean as mean_of_zero
from tests.unit.statistics.made_up_runs import INFERENCE, attention, cell_runs, gradients, queries, references

SEEDS = range(10)


def made(name: str, reverse: float, r: float = 0.5, weight: float = 0.2, cosine: float = 0.3, early=0.1, **given):
    """A cell with these at the end of training; before it `source` answers with .01 and .5, `reverse` with .01 and `early`."""
    over_time = {"source": [0.01, 0.5, 0.9], "reverse": [0.01, early, reverse]}
    told = {
        (query, "same", 2, query == "source"): np.broadcast_to(np.array(p)[None, :, None], (10, 3, 40))
        for query, p in over_time.items()
    }
    tables = {
        "queries": queries(SEEDS, told),
        "attention": attention(SEEDS, r).assign(weight_rev=weight),
        "references": references(SEEDS, {"expected": r}),
        "gradients": gradients(SEEDS, cosine),
    }
    return cell_runs(name, tables={**tables, **given.pop("tables", {})}, **given)


WEIGHTS = (0.3, 0.1, 0.5, 0.2, 0.6, 0.4)
REVERSE = (0.2, 0.1, 0.4, 0.3, 0.6, 0.5)
R = (-0.8, -0.5, 0.0, 0.3, 0.6, 0.9)


def six(**changes) -> list:
    numbers = zip(range(6), REVERSE, R, WEIGHTS, strict=True)
    return [made(f"cell_{n}", p, r, weight, **changes.get(f"cell_{n}", {})) for n, p, r, weight in numbers]


def over_cells(table: pd.DataFrame, level: str = "cell", **where) -> pd.DataFrame:
    rows = table[(table["cell"] == mediation.OVER) & (table["level"] == level)]
    rows = rows[rows["gated"]] if level == "cell" else rows
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def test_ranks_are_compared_over_cells_within_each_seed(fits):
    table = mediation.estimate(six(), INFERENCE)
    fits(table, "mediation")
    wanted = stats.spearmanr(REVERSE, WEIGHTS).statistic
    about = {"measure": "spearman", "outcome": "reverse_candidate_probability", "mediator": "weight_rev"}
    runs = over_cells(table, "run", **about)
    assert runs["value"].to_numpy() == pytest.approx(np.full(10, wanted))
    cell = over_cells(table, **about).iloc[0]
    assert (cell["value"], cell["cells"], cell["runs"]) == (pytest.approx(wanted), 6, 10)
    assert cell["p_value"] == pytest.approx(2 / 1024)
    follows = over_cells(table, **{**about, "mediator": "r_trained"}).iloc[0]
    assert follows["value"] == pytest.approx(stats.spearmanr(REVERSE, R).statistic)


def test_a_mediator_that_is_the_same_everywhere_has_no_correlation():
    table = mediation.estimate(six(), INFERENCE)
    assert over_cells(table, mediator="cosine_initial", given="nothing")["value"].isna().all()


def test_partial_correlation_is_that_of_residuals_of_ranks():
    x, y, z = (np.random.default_rng(seed).normal(size=(1, 12)) for seed in (1, 2, 3))
    ranks = [stats.rankdata(values) for values in (x, y, z)]
    residuals = [rank - np.polyval(np.polyfit(ranks[2], rank, 1), ranks[2]) for rank in ranks[:2]]
    assert mediation.partial(x, y, z)[0] == pytest.approx(stats.pearsonr(*residuals).statistic)


def test_a_rival_that_ranks_like_either_leaves_nothing():
    x, y = (np.random.default_rng(seed).normal(size=(1, 12)) for seed in (1, 2))
    assert mediation.partial(x, y, np.exp(y)).tolist() == [0]
    assert mediation.partial(x, y, -x).tolist() == [0]
    assert np.isnan(mediation.partial(x, y, np.zeros_like(x))[0])


def test_what_differs_by_rounding_is_a_tie():
    """The r of a dose and its alias, the one 10⁻⁷ above the other: the order of the two is not told."""
    cells = [made(f"cell_{n}", p, r) for n, (p, r) in enumerate(zip(REVERSE, (0.5, 0.5 + 1e-7, *R[:4]), strict=True))]
    row = over_cells(
        mediation.estimate(cells, INFERENCE), outcome="reverse_candidate_probability", mediator="r_trained"
    )
    row = row[row["given"] == "nothing"].iloc[0]
    assert row["value"] == pytest.approx(stats.spearmanr(REVERSE, (0.5, 0.5, *R[:4])).statistic)


def test_a_correlation_is_tested_as_every_mean_over_seeds_is():
    random = np.random.default_rng(3)
    values = random.exponential(size=(10, 2)) - 0.8
    tested = mediation._tested(levels.Quantities(pd.DataFrame({"measure": ["spearman"] * 2}), values))["p_value"]
    assert tested.tolist() == [mean_of_zero(column) for column in values.T]


def test_a_mediator_that_one_cell_lacks_is_compared_in_no_set_with_it():
    late = {"tables": {"gradients": gradients(SEEDS, {0: 0.3, 100: 0.1}, steps=(0, 100))}}
    cells = [*six(), *(made(f"other_{n}", p, family="MLM") for n, p in enumerate(REVERSE))]
    cells[-1] = made("other_5", 0.45, family="MLM", **late)
    table = mediation.estimate(cells, INFERENCE)
    ranked = table[table["mediator"].notna()].groupby("cell")["mediator"].agg(set).to_dict()
    without = set(mediation.MEDIATORS) - {"cosine_fitting"}
    assert ranked == {
        mediation.OVER: without,
        "over MDM cells": set(mediation.MEDIATORS),
        "over MLM cells": without,
    }
    assert "cosine_fitting" not in set(table.loc[table["cell"] == mediation.OVER, "given"])


def test_cells_that_reverse_by_construction_are_told_and_not_ranked(fits):
    others = [made("no_positions", 0.9, 1.0, early=0.5), made("same_at_both_ends", 0.9, 1.0)]
    table = mediation.estimate([*six(), *others], INFERENCE)
    fits(table, "mediation")
    assert over_cells(table)["cells"].eq(7).all()
    told = table[table["level"] == "cell"].groupby("cell", observed=True)["same_function"].first()
    assert told["no_positions"]
    assert not told[["cell_0", "same_at_both_ends"]].any()


def test_cells_that_lost_more_than_a_fifth_are_not_ranked_and_a_seed_passes_where_all_did():
    others = [
        made("never", 0.9, passed=set()),
        made("seldom", 0.9, passed=set(range(3, 10))),
        made("mostly", 0.55, 0.7, 0.45, passed=set(range(8))),
    ]
    table = mediation.estimate([*six(), *others], INFERENCE)
    row = over_cells(table, measure="spearman", mediator="weight_rev", outcome="source_nll")
    assert row["cells"].tolist() == [7]
    assert (row["runs"].tolist(), row["excluded"].tolist()) == ([0], [2])  # every source loss is the same: no ranks
    runs = over_cells(table, "run", measure="spearman", mediator="weight_rev", outcome="reverse_candidate_probability")
    assert runs.set_index("seed")["passed"].to_dict() == {seed: seed < 8 for seed in SEEDS}


def test_families_of_enough_cells_have_correlations_of_their_own(fits):
    others = [made(f"source_{n}", 0.1 * n, r, 0.1 * n, family="source-only") for n, r in enumerate(R, start=1)]
    table = mediation.estimate([*six(), *others[:5]], INFERENCE)
    fits(table, "mediation")
    rows = table[table["cells"].notna()]
    assert rows.groupby("cell")["cells"].first().to_dict() == {mediation.OVER: 11, "over MDM cells": 6}
    assert set(rows.loc[rows["cell"] == "over MDM cells", "family"]) == {"MDM"}


def test_too_few_cells_are_not_ranked():
    table = mediation.estimate(six()[:5], INFERENCE)
    assert set(table["cell"]) == {f"cell_{n}" for n in range(5)}


def test_kinds():
    def kind(**model) -> str:
        return mediation.kind(made("one", 0.5, model={"kind": "transformer", **model}))

    def turned(angle: float) -> dict:
        return {"position": {"kind": "rope", "base": 10000, "angle": angle}}

    assert kind(position={"kind": "learned"}) == "plain"
    assert kind(**turned(math.pi / 4)) == "dose"
    assert kind(**turned(3 * math.pi / 8)) == "alias"
    assert kind(position={"kind": "rope"}, value_output="by_position") == "by_position"


def test_cells_without_scores_have_no_rows(fits):
    nothing = {"attention": attention(SEEDS, 0.5).iloc[:0]}
    table = mediation.estimate([made("arm", 0.01, tables=nothing)], INFERENCE)
    fits(table, "mediation")
    assert not len(table)
