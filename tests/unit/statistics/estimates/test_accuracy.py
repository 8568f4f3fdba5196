import math

import numpy as np
import pandas as pd
import pytest

from reversal.statistics.estimates import accuracy
from tests.unit.statistics.made_up_runs import DATA, INFERENCE, cell_runs, queries

SEEDS = range(10)
SHAPE = (10, 3, 40)


def made(probability: np.ndarray | float, seeds=SEEDS, passed=None, **given) -> pd.DataFrame:
    p = np.broadcast_to(probability, (len(seeds), *SHAPE[1:]))
    rows = queries(seeds, {("reverse", "same", 2, False): p})
    return accuracy.estimate([cell_runs(seeds=seeds, passed=passed, tables={"queries": rows}, **given)], INFERENCE)


def one(table: pd.DataFrame, **where) -> pd.Series:
    for column, value in {"step": 100, **where}.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_values_are_means_over_pairs_and_then_over_seeds(fits):
    p = np.random.default_rng(0).uniform(0.01, 1, SHAPE)
    table = made(p)
    fits(table, "accuracy")
    run = one(table[table["seed"] == 3], level="run", measure="accuracy")
    assert run["value"] == pytest.approx((p[3, 2] >= 0.5).mean())
    assert pd.isna(run["low"])
    cell = one(table[table["gated"].fillna(False)], level="cell", measure="nll")
    assert cell["value"] == pytest.approx(-np.log(p[:, 2]).mean(), abs=1e-6)
    assert cell["low"] < cell["value"] < cell["high"]


def test_what_was_measured_at_no_pair_has_no_row():
    rows = queries(SEEDS, {("reverse", "same", 2, False): np.full(SHAPE, 0.9)})
    rows.loc[rows["step"] < 100, ["candidate_nll", "candidate_probability", "candidate_rank"]] = np.nan
    table = accuracy.estimate([cell_runs(seeds=SEEDS, tables={"queries": rows})], INFERENCE)
    among = table["measure"].str.startswith("candidate_")
    assert set(table.loc[among, "step"]) == {100}
    assert set(table.loc[~among, "step"]) == set(rows["step"])
    assert (table.loc[table["measure"] == "candidate_accuracy", "value"] == 1).all()


def test_runs_that_did_not_learn_are_shown_and_counted_and_left_out():
    p = np.full(SHAPE, 0.9)
    p[0] = 0.1
    table = made(p, passed=set(range(1, 10)))
    cells = table[table["level"] == "cell"]
    gated, every = (one(cells[cells["gated"] == choice], measure="accuracy") for choice in (True, False))
    assert (gated["value"], gated["runs"], gated["excluded"]) == (1, 9, 1)
    assert (every["value"], every["runs"], every["excluded"]) == (pytest.approx(0.9), 10, 1)
    assert not one(table[table["seed"] == 0], measure="accuracy")["passed"]


def test_no_run_passed_leaves_the_gated_row_empty(fits):
    table = made(0.9, passed=set())
    fits(table, "accuracy")
    gated = one(table[table["gated"].fillna(False)], measure="accuracy")
    assert gated["runs"] == 0
    assert pd.isna(gated[["value", "low", "high", "p_above", "p_not_above"]]).all()


def test_ten_zeros_and_ten_ones():
    zeros, ones = (one(t[t["gated"].fillna(False)], measure="candidate_accuracy") for t in (made(0.1), made(0.9)))
    assert (zeros["value"], zeros["low"], zeros["high"]) == (0, 0, 0)
    assert zeros["p_not_above"] == pytest.approx(2**-10)
    assert zeros["p_above"] == 1
    assert (ones["value"], ones["low"], ones["high"]) == (1, 1, 1)
    assert ones["p_above"] == pytest.approx(2**-10)
    assert ones["p_not_above"] == 1


def test_p_values_are_of_cells_and_accuracies_at_the_last_checkpoint_only():
    table = made(0.9)
    tested = table[table["p_above"].notna()]
    assert set(tested["measure"]) == {"accuracy", "candidate_accuracy"}
    assert set(tested["step"]) == {100}
    assert set(tested["level"]) == {"cell"}


def test_one_seed_has_no_interval(fits):
    table = made(0.9, seeds=[5])
    fits(table, "accuracy")
    cells = table[table["level"] == "cell"]
    assert cells["low"].isna().all()
    assert cells["runs"].eq(1).all()


def test_chance_is_guessing_among_words_and_candidates():
    """40 pairs, 5 others, R and S: 2·40 + 2·5 + 2 = 92 words."""
    chance = accuracy.chance(DATA, "reverse")
    assert chance["accuracy"] == 1 / 92
    assert chance["candidate_probability"] == 1 / 40
    assert chance["nll"] == pytest.approx(math.log(92))
    assert "rank" not in chance


def test_pairs_told_both_ways_may_differ_between_seeds():
    p = np.full((10, 3, 30), 0.9)
    trained, held_out = (
        queries(SEEDS, {("reverse", "same", 2, True): p}),
        queries(SEEDS, {("reverse", "same", 2, False): p[..., :10] / 2}),
    )
    held_out["pair"] += 30
    for rows in (trained, held_out):
        rows["pair"] = (rows["pair"] + 3 * rows["seed"]) % 40
    rows = pd.concat([trained, held_out])
    table = accuracy.estimate([cell_runs(tables={"queries": rows})], INFERENCE)
    cells = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == "accuracy") & table["last"]]
    assert cells.set_index("trained")["value"].to_dict() == {True: 1, False: 0}


@pytest.mark.parametrize(
    ("query", "frame", "distance"), [("wrong_frame", "other", 2), ("reverse", "same", 2), ("reverse", "inverse", 4)]
)
def test_confounds_are_of_the_pairs_that_reverse_holds_out(query, frame, distance):
    """Pairs 0 to 29 are told both ways and known in every frame; 30 to 39, told one way, are known in none."""
    known = np.broadcast_to(np.where(np.arange(40) < 30, 0.9, 0.1), SHAPE)
    held_out = queries(SEEDS, {("reverse", "inverse", 2, False): known[..., 30:]})
    held_out["pair"] += 30
    told = queries(SEEDS, {("reverse", "inverse", 2, True): known[..., :30], (query, frame, distance, False): known})
    rows = pd.concat([told, held_out])
    table = accuracy.estimate([cell_runs(tables={"queries": rows})], INFERENCE)
    cells = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == "accuracy") & table["last"]]
    values = cells.set_index(["query", "frame", "distance", "trained"])["value"].to_dict()
    assert values == {
        ("reverse", "inverse", 2, True): 1,
        ("reverse", "inverse", 2, False): 0,
        (query, frame, distance, False): 0,
    }


@pytest.mark.parametrize("told", [True, False])
def test_confounds_are_of_all_pairs_where_all_or_none_are_told_both_ways(told):
    known = np.broadcast_to(np.where(np.arange(40) < 30, 0.9, 0.1), SHAPE)
    rows = queries(SEEDS, {("reverse", "same", 2, told): known, ("wrong_frame", "other", 2, False): known})
    assert len(accuracy.held_to_the_same_pairs(rows)) == len(rows)
