import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from reversal.statistics.estimates import correlation
from tests.unit.statistics.made_up_runs import INFERENCE, STEPS, attention, cell_runs, references, with_correlation

SEEDS = range(10)
NONE = references(SEEDS, {"identical": 1.0}).iloc[:0]


def made(scores: pd.DataFrame, owed: pd.DataFrame = NONE, **given) -> pd.DataFrame:
    return correlation.estimate([cell_runs(tables={"attention": scores, "references": owed}, **given)], INFERENCE)


def of_cell(table: pd.DataFrame, measure: str, step: int = 100, head: int | None = None) -> pd.Series:
    rows = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == measure) & (table["step"] == step)]
    rows = rows[rows["head"].isna() if head is None else rows["head"] == head]
    assert len(rows) == 1
    return rows.iloc[0]


def test_r_is_scipy_s_for_every_seed_and_head(fits):
    scores = attention(SEEDS, 0.6)
    table = made(scores)
    fits(table, "correlation")
    one = scores[(scores["seed"] == 4) & (scores["step"] == 10) & (scores["head"] == 1)]
    run = table[(table["seed"] == 4) & (table["step"] == 10) & (table["head"] == 1)].set_index("measure")["value"]
    assert run["pearson"] == pytest.approx(pearsonr(one["score_fwd"], one["score_rev"])[0])
    assert run["spearman"] == pytest.approx(spearmanr(one["score_fwd"], one["score_rev"])[0])


def test_heads_and_seeds_are_averaged_in_z():
    r = np.array([0.2, 0.8])
    spread = np.linspace(-0.1, 0.1, 10)[:, None, None]
    cell = of_cell(made(attention(SEEDS, np.tanh(np.arctanh(r) + spread))), "pearson")
    assert cell["value"] == pytest.approx(np.tanh(np.arctanh(r).mean()))
    assert cell["low"] < cell["value"] < cell["high"]
    assert cell["heterogeneity"] == 0
    assert 0.5 < cell["mixed"] < cell["value"]  # .2 and .8 have the mean .5, and their z .59


def test_heterogeneity_of_a_head_is_the_variance_beyond_one_over_n_minus_three():
    z = np.linspace(-1, 1, 10)
    cell = of_cell(made(attention(SEEDS, np.tanh(z)[:, None, None])), "pearson", head=0)
    assert cell["heterogeneity"] == pytest.approx(z.var(ddof=1) - 1 / 37)


def test_what_a_seed_owes_to_its_pairs_is_fisher_s_variance():
    """1 / (N − 3) for a head; half of it for the mean of two heads that have nothing in common but the pairs."""
    random, pairs = np.random.default_rng(5), 400
    scores = with_correlation(random, np.full((10, 1, 2), 0.5), pairs)
    owed = correlation._owed_to_pairs(np.arange(10), *scores)
    np.testing.assert_allclose(owed[0, :2], 1 / 397)
    assert owed[0, 2] == pytest.approx(1 / 397 / 2, rel=0.1)
    alone = correlation._owed_to_pairs(np.arange(10), *(score[..., :1, :] for score in scores))
    assert alone[0, 1] == pytest.approx(1 / 397, rel=0.1)


def test_r_of_one_by_construction_is_told_and_not_pooled(fits):
    table = made(attention(SEEDS, 1.0), references(SEEDS, {"identical": 1.0}))
    fits(table, "correlation")
    cell = of_cell(table, "pearson")
    assert (cell["value"], cell["low"], cell["high"]) == (1, 1, 1)
    assert pd.isna(cell["heterogeneity"])
    assert of_cell(table, "identical")["value"] == 1
    assert not table["measure"].astype(str).str.startswith("excess").any()


def test_excess_over_a_reference_that_is_met_is_nothing():
    """r is .6 with .01 up and down; the conditional reference is met on average."""
    r = np.broadcast_to(0.6 + np.tile([-0.01, 0.01], 5)[:, None, None], (10, 3, 2))
    table = made(attention(SEEDS, r), references(SEEDS, {"isotropic": 0.4, "conditional": 0.6}))
    conditional, isotropic = of_cell(table, "excess_conditional"), of_cell(table, "excess_isotropic")
    assert conditional["value"] == pytest.approx(0, abs=1e-6)
    assert conditional["p_value"] == 1
    assert isotropic["value"] == pytest.approx(0.2, abs=1e-6)
    assert isotropic["low"] < 0.2 < isotropic["high"]
    assert isotropic["p_value"] == pytest.approx(2 / 1024)
    assert pd.isna(of_cell(table, "excess_isotropic", head=0)["p_value"])


def test_constant_scores_have_no_correlation(fits):
    scores = attention(SEEDS, 0.6).assign(score_rev=0.25)
    table = made(scores)
    fits(table, "correlation")
    cell = of_cell(table, "pearson")
    assert pd.isna(cell["value"])
    assert cell["runs"] == 0


def test_increments_are_changes_since_step_0():
    """Scores of r = .9 at every step whose changes are uncorrelated by construction."""
    random = np.random.default_rng(3)
    start = with_correlation(random, np.full((10, 1, 2), 0.9), 40)
    change = with_correlation(random, np.full((10, 2, 2), -0.5), 40)
    scores = attention(SEEDS, 0.0)
    for column, first, later in zip(("score_fwd", "score_rev"), start, change, strict=True):
        scores[column] = np.concatenate([first, first + later], axis=1).ravel()
    table = made(scores)
    assert of_cell(table, "increment")["value"] == pytest.approx(-0.5)
    assert not len(table[(table["measure"] == "increment") & (table["step"] == 0)])


def test_trained_minus_initial_is_a_difference_in_r():
    r = np.broadcast_to(np.array([0.7, 0.5, 0.3])[:, None], (10, 3, 2))
    cell = of_cell(made(attention(SEEDS, r)), "trained_minus_initial")
    assert cell["value"] == pytest.approx(-0.4)
    assert cell["p_value"] == pytest.approx(2 / 1024)


def test_other_distances_are_there_at_the_checkpoints_that_have_them():
    far = attention(SEEDS, -0.3, steps=(0, 100), distances=(4,), noise=1)
    table = made(pd.concat([attention(SEEDS, 0.6), far]))
    found = table[(table["measure"] == "pearson") & (table["distance"] == 4)]
    assert set(found["step"]) == {STEPS[0], STEPS[-1]}
    assert not found["own_distance"].any()


def test_cells_without_a_mask_have_no_rows(fits):
    table = made(attention(SEEDS, 0.6).iloc[:0])
    fits(table, "correlation")
    assert not len(table)
