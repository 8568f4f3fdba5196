import math

import numpy as np
import pandas as pd
import pytest

from reversal.statistics.estimates import dose
from tests.unit.statistics.made_up_runs import INFERENCE, attention, cell_runs, gradients, history, queries, references

SEEDS = range(10)
ANGLES = {"dose_0": 0, "dose_1": math.pi / 16, "dose_2": math.pi / 8, "dose_4": math.pi / 4, "alias_2": 5 * math.pi / 8}


def made_cell(name: str, angle: float, reverse: np.ndarray | float, **given):
    own = {
        ("source", "same", 2, True): 0.9,
        ("reverse", "same", 2, False): reverse,
        ("wrong_frame", "other", 2, False): 0.2,
    }
    rows = [queries(SEEDS, {key: np.broadcast_to(p, (10, 3, 40)) for key, p in own.items()})]
    rows.append(queries(SEEDS, {("reverse", "same", 4, False): np.full((10, 1, 40), 0.4)}, steps=(100,)))
    r = np.clip(math.cos(4 * angle), -1, 1)
    given["tables"] = {
        "queries": pd.concat(rows),
        "attention": attention(SEEDS, r),
        "references": references(SEEDS, {"expected": r}),
        "gradients": gradients(SEEDS, {0: 0.9, 10: math.cos(angle), 100: -0.2}),
        **given.get("tables", {}),
    }
    model = {"kind": "transformer", "position": {"kind": "rope", "base": 10000, "angle": angle}}
    return cell_runs(name, model=model, **given)


@pytest.fixture
def table():
    spread = np.linspace(0, 0.01, 10)[:, None, None]
    levels = {"dose_0": 0.9, "dose_1": 0.8, "dose_2": 0.6, "dose_4": 0.3, "alias_2": 0.5}
    cells = [made_cell(name, ANGLES[name], level + spread) for name, level in levels.items()]
    return dose.estimate(cells, INFERENCE)


def rows_of(table: pd.DataFrame, level: str, measure: str, role: str = "dose") -> pd.DataFrame:
    return table[(table["level"] == level) & (table["measure"] == measure) & (table["role"] == role)]


def test_roles_and_expected_correlations(table, fits):
    fits(table, "dose")
    cells = rows_of(table, "cell", "reverse_probability").set_index("cell")["expected"]
    np.testing.assert_allclose(cells[["dose_0", "dose_2", "dose_4"]].astype(float), [1, 0, -1], atol=1e-12)
    alias = rows_of(table, "cell", "reverse_probability", "alias").iloc[0]
    assert (alias["cell"], alias["expected"]) == ("alias_2", pytest.approx(0, abs=1e-12))
    across = rows_of(table, "cell", "reverse_probability", "cross_distance").set_index("cell")["expected"]
    assert across["dose_2"] == pytest.approx(math.cos(6 * math.pi / 8))


def test_outcome_that_follows_the_dose_has_slope_one_and_the_smallest_p(table):
    row = rows_of(table, "series", "reverse_probability").iloc[0]
    assert (row["value"], row["low"], row["high"], row["runs"]) == (1, 1, 1, 10)
    assert row["page"] == 10 * (1 + 4 + 9)
    assert row["p_value"] == pytest.approx(6.0**-10, rel=1e-6)


def test_theta_of_nothing_reverses_by_construction_and_is_in_no_trend():
    """Against the doses with θ > 0, θ = 0 would break the trend; it is told all the same."""
    spread = np.linspace(0, 0.01, 10)[:, None, None]
    levels = {"dose_0": 0.1, "dose_1": 0.8, "dose_2": 0.6, "dose_4": 0.3}
    table = dose.estimate([made_cell(name, ANGLES[name], p + spread) for name, p in levels.items()], INFERENCE)
    row = rows_of(table, "series", "reverse_probability").iloc[0]
    assert (row["value"], row["p_value"]) == (1, pytest.approx(6.0**-10, rel=1e-6))
    assert "dose_0" in set(rows_of(table, "cell", "reverse_probability")["cell"])
    assert (rows_of(table, "run", "reverse_probability")["cell"] == "dose_0").sum() == 10


def white_keys(random: np.random.Generator, pairs: int, width: int) -> np.ndarray:
    """Keys (P, d) whose sample covariance is the unit matrix."""
    keys = random.normal(size=(pairs, width))
    return np.linalg.qr(keys - keys.mean(0))[0] * math.sqrt(pairs)


def turned(keys: np.ndarray, by: float) -> np.ndarray:
    """Keys with every pair of dimensions turned by one angle."""
    planes = keys.reshape(len(keys), -1, 2) @ [[math.cos(by), math.sin(by)], [-math.sin(by), math.cos(by)]]
    return planes.reshape(keys.shape)


def test_r_across_distances_is_of_scores_learnt_at_one_and_asked_at_the_other():
    """With white keys r is exactly cos (Δ₁ + Δ₂)θ, not cos 2Δ₂θ."""
    theta, random = ANGLES["dose_1"], np.random.default_rng(1)
    scores = attention(SEEDS, 0.0, distances=(2, 3, 4))
    for _, place in scores.groupby(["seed", "step", "head"]).groups.items():
        keys, query = white_keys(random, 40, 8), random.normal(size=8)
        for distance in (2, 3, 4):
            rows = place[scores.loc[place, "distance"] == distance]
            scores.loc[rows, "score_fwd"] = turned(keys, distance * theta) @ query
            scores.loc[rows, "score_rev"] = turned(keys, -distance * theta) @ query
    given = {"attention": scores, "references": references(SEEDS, {"expected": 0.5}, distances=(2, 3, 4))}
    table = dose.estimate([made_cell("dose_1", theta, 0.5, tables=given)], INFERENCE)
    found = table[(table["level"] == "run") & table["measure"].isin(["r_initial", "r_trained"])]
    assert set(found["distance"]) == {2, 3, 4}
    np.testing.assert_allclose(found["value"], np.cos((2 + found["distance"].astype(float)) * theta), atol=1e-6)
    np.testing.assert_allclose(found["value"], found["expected"], atol=1e-6)


def test_nll_falls_with_the_dose_and_is_tested_so(table):
    row = rows_of(table, "series", "reverse_nll").iloc[0]
    assert row["value"] == -1
    assert row["p_value"] == pytest.approx(6.0**-10, rel=1e-6)


def test_what_is_the_same_at_every_dose_has_no_trend(table):
    row = rows_of(table, "series", "source_nll").iloc[0]
    assert pd.isna(row["value"])
    assert row["p_value"] > 0.4


def test_alias_is_compared_with_the_dose_of_the_same_r(table):
    alias = rows_of(table, "cell", "reverse_probability", "alias").iloc[0]
    assert alias["value"] == pytest.approx(0.505)
    assert alias["p_value"] == pytest.approx(2 / 1024)
    assert rows_of(table, "cell", "source_nll", "alias").iloc[0]["p_value"] == 1


def test_scores_and_confounds_stand_beside_the_outcome(table):
    found = table[(table["level"] == "cell") & (table["cell"] == "dose_4")].set_index(["role", "measure"])["value"]
    assert found["dose", "r_initial"] == pytest.approx(-1)
    assert found["dose", "weight_rev"] == pytest.approx(0.25)
    assert found["dose", "wrong_frame_candidate_probability"] == pytest.approx(0.2)
    assert found["dose", "echo"] == pytest.approx(0.25)
    assert found["dose", "source_steps"] == pytest.approx(10 + 0.99 * 90)
    assert found["dose", "cosine_fitting"] == pytest.approx(math.cos(math.pi / 4))
    assert found["dose", "matched_minus_mismatched"] == pytest.approx(0.5)


def test_a_seed_that_failed_at_one_dose_is_left_out_of_the_trend():
    others = [set(range(10)) - {k} for k in range(len(ANGLES))]
    cells = [made_cell(name, ANGLES[name], 0.8 - 0.1 * k, passed=others[k]) for k, name in enumerate(ANGLES)]
    table = dose.estimate(cells, INFERENCE)
    assert rows_of(table, "series", "reverse_probability").iloc[0]["runs"] == 7
    assert rows_of(table, "cell", "reverse_probability").set_index("cell")["runs"]["dose_0"] == 9


def test_source_never_learnt_has_no_steps():
    late = history(SEEDS, {"source": {0: 0.5}})
    table = dose.estimate([made_cell("dose_0", 0, 0.5, tables={"history": late})], INFERENCE)
    runs = rows_of(table, "run", "source_steps").set_index("seed")["value"]
    assert pd.isna(runs[0])
    assert runs[1] == pytest.approx(10 + 0.99 * 90)


def test_cells_with_a_base_have_no_rows(fits):
    table = dose.estimate([cell_runs()], INFERENCE)
    fits(table, "dose")
    assert not len(table)
