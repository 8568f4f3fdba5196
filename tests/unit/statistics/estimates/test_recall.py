"""Means over questions, facts and seeds, each in its place."""

import numpy as np
import pandas as pd
import pytest

from reversal.figures import rows
from reversal.statistics import student
from reversal.statistics.estimates import recall
from tests.unit.statistics.made_up_answers import FACTS, answers, cell_of
from tests.unit.statistics.made_up_runs import INFERENCE

SEEDS = range(3)
PASSED = dict.fromkeys(SEEDS, True)


def of(table: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    wanted = {
        "step": 100,
        "query": "reverse",
        "told": "all",
        "relation": "all",
        "measure": "candidate_accuracy",
        **wanted,
    }
    return rows.where(table, **wanted)


def the(table: pd.DataFrame, **wanted: object) -> pd.Series:
    found = of(table, **wanted)
    assert len(found) == 1
    return found.iloc[0]


def test_a_fact_weighs_the_same_however_often_it_is_asked(fits):
    """Fact 0 is right in one of two templates; the first template of fact 1 is not asked at all, and the other is right."""
    ranks = np.full((3, 2, len(FACTS), 2, 2), 4.0)
    ranks[:, 1, 0, 1, 0] = ranks[:, 1, 1, 1, 1] = 1
    asked = answers(SEEDS, ranks)
    asked = asked[~((asked["fact"] == 1) & (asked["template"] == 0))]
    table = recall.estimate([cell_of("answers", asked, PASSED)], INFERENCE)
    fits(table, "recall")
    for seed in SEEDS:
        assert the(table, level="run", seed=seed)["value"] == pytest.approx((0.5 + 1) / len(FACTS))
        assert the(table, level="run", seed=seed, relation="capital")["value"] == pytest.approx((0.5 + 1) / 4)
    assert the(table, level="fact", fact=0)["value"] == 0.5
    assert the(table, level="fact", fact=1)["value"] == 1


def test_a_shared_first_place_is_none():
    table = recall.estimate([cell_of("answers", answers([0], 1.5), {0: True})], INFERENCE)
    assert the(table, level="run")["value"] == 0


def test_chance_is_guessing_among_the_candidates_of_each_relation():
    table = recall.estimate([cell_of("answers", answers(SEEDS), PASSED)], INFERENCE)
    for relation, chance, rank in (
        ("capital", 1 / 4, 2.5),
        ("symbol", 1 / 2, 1.5),
        ("all", (4 / 4 + 2 / 2) / 6, 13 / 6),
    ):
        for level in ("run", "cell", "fact"):
            about = {"level": level, "relation": relation}
            np.testing.assert_allclose(of(table, **about)["chance"], chance)
            np.testing.assert_allclose(of(table, **about, measure="rank")["chance"], rank)
            assert of(table, **about, measure="exact")["chance"].isna().all()


def test_a_fact_is_averaged_over_the_runs_that_passed_and_told_it_so():
    """Fact 0 is told both ways in seeds 0 and 2; seed 2 did not learn."""
    ranks = np.ones((3, 2, len(FACTS), 2, 2))
    ranks[:, 1, 0, 1] = np.array([1, 3, 2])[:, None]
    asked = answers(SEEDS, ranks, both={0: [0], 2: [0, 5]})
    table = recall.estimate([cell_of("answers", asked, {0: True, 1: True, 2: False})], INFERENCE)
    for told, value, runs in (("both", 1, 1), ("forward", 3, 1), ("all", 2, 2)):
        found = the(table, level="fact", fact=0, told=told, measure="rank")
        assert (found["value"], found["runs"]) == (value, runs)
    assert of(table, level="fact", fact=5, told="both").empty
    assert the(table, level="fact", fact=0, told="both")["trained"]
    assert not the(table, level="fact", fact=0, told="forward")["trained"]
    assert pd.isna(the(table, level="fact", fact=0)["trained"])


def test_a_fact_has_its_own_tokens():
    """A vocabulary of pieces may cut the same entity otherwise in another run."""
    asked = answers(SEEDS)
    asked["tokens"] = asked["fact"] + asked["seed"] + 1
    table = recall.estimate([cell_of("answers", asked, {0: True, 1: True, 2: False})], INFERENCE)
    assert the(table, level="fact", fact=3)["tokens"] == 4.5
    assert the(table, level="run", seed=0)["tokens"] == asked["tokens"].mean()


def test_over_seeds_and_over_facts_have_an_interval_each():
    ranks = np.exp(np.random.default_rng(0).normal(size=(3, 2, len(FACTS), 2, 2)) ** 2)
    table = recall.estimate([cell_of("answers", answers(SEEDS, ranks), PASSED)], INFERENCE)
    nll = np.log(ranks[:, 1, :, 1]).mean(-1)
    for over, values in (("seeds", nll.mean(1)), ("facts", nll.mean(0))):
        found = the(table, level="cell", over=over, gated=True, measure="nll")
        low, high = student.interval(values[:, None], 0.95)
        assert found[["value", "low", "high"]].tolist() == pytest.approx(
            [nll.mean(), max(low[0], 0), high[0]], rel=1e-6
        )
        assert (found["runs"], found["facts"]) == (3, len(FACTS))


def test_no_run_that_passed_leaves_no_fact():
    table = recall.estimate([cell_of("answers", answers(SEEDS), dict.fromkeys(SEEDS, False))], INFERENCE)
    assert set(table["level"]) == {"run", "cell"}
    assert set(table["over"].dropna()) == {"seeds"}


def test_a_published_checkpoint_was_told_nothing(fits):
    asked = answers([7], both={7: [0, 1]})
    published = cell_of("answers", asked[asked["step"] == 0], {7: True}, trained=(), settings={"checkpoints": [0]})
    table = recall.estimate([published], INFERENCE)
    fits(table, "recall")
    assert set(table["told"]) == {"all"}
    assert table["trained"].isna().all()
    assert table["last"].all()
    assert the(table, step=0, level="cell", over="facts")["facts"] == len(FACTS)
