import numpy as np
import pandas as pd
import pytest

from reversal.series import Place
from reversal.statistics.estimates import sweep
from tests.unit.statistics.made_up_runs import INFERENCE, attention, cell_runs, gradients, queries, references

SEEDS = range(10)
DECAYS = {"none": 0, "weak": 0.1, "strong": 1, "stronger": 10}


def made(name: str, reverse: float, places: list[Place], trained: bool = False, **given):
    """A cell whose reverse probability differs a little from seed to seed."""
    told = {("source", "same", 2, True): 0.9, ("reverse", "same", 2, trained): reverse}
    spread = np.linspace(0, 0.01, 10)[:, None, None]
    tables = {
        "queries": queries(SEEDS, {key: np.broadcast_to(p + spread, (10, 3, 40)) for key, p in told.items()}),
        "attention": attention(SEEDS, 0.5),
        "references": references(SEEDS, {"expected": 0.5}),
        "gradients": gradients(SEEDS),
    }
    return cell_runs(name, tables=tables, series=tuple(places), **given)


def decay(value: float, label: str = "MDM") -> Place:
    return Place("optimisation.weight_decay", label, value)


def falling(**passed) -> pd.DataFrame:
    levels = dict(zip(DECAYS, (0.8, 0.6, 0.4, 0.2), strict=True))
    cells = [made(name, p, [decay(DECAYS[name])], passed=passed.get(name)) for name, p in levels.items()]
    return sweep.estimate(cells, INFERENCE)


def trend(table: pd.DataFrame, measure: str) -> pd.Series:
    rows = table[(table["level"] == "series") & (table["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_an_outcome_that_always_falls_has_slope_minus_one_and_the_smallest_p(fits):
    table = falling()
    fits(table, "sweep")
    row = trend(table, "reverse_probability")
    assert (row["value"], row["low"], row["high"], row["runs"], row["levels"]) == (-1, -1, -1, 10, 4)
    assert row["page"] == 10 * (1 * 4 + 2 * 3 + 3 * 2 + 4 * 1)
    rising = trend(table, "reverse_nll")
    assert rising["page"] == 10 * (1 + 4 + 9 + 16)
    assert row["p_value"] == rising["p_value"] < 1e-8


def test_runs_and_cells_stand_at_their_value():
    table = falling()
    cells = table[(table["level"] == "cell") & table["gated"] & (table["measure"] == "reverse_probability")]
    assert cells.set_index("setting_value")["value"].to_dict() == pytest.approx(
        {0: 0.805, 0.1: 0.605, 1: 0.405, 10: 0.205}
    )
    assert cells["chance"].eq(1 / 92).all()
    assert (table[table["level"] == "run"].groupby(["cell", "measure"], observed=True).size() == 10).all()


def test_a_seed_that_failed_at_one_level_is_in_no_trend_and_a_level_without_runs_is_left_out():
    table = falling(weak=set(range(9)), stronger=set())
    row = trend(table, "reverse_probability")
    assert (row["runs"], row["levels"]) == (9, 3)
    cells = table[(table["level"] == "cell") & (table["cell"] == "stronger") & (table["measure"] == "source_nll")]
    assert cells.set_index("gated")["runs"].to_dict() == {False: 10, True: 0}


def test_two_levels_have_a_slope_and_no_page():
    cells = [made("none", 0.8, [decay(0)]), made("weak", 0.6, [decay(1)])]
    row = trend(sweep.estimate(cells, INFERENCE), "reverse_probability")
    assert row["value"] == -1
    assert pd.isna(row[["page", "p_value"]]).all()


def test_reverse_of_pairs_all_told_both_ways_is_trained_and_in_no_trend(fits):
    share = [Place("data.bidirectional_fraction", "MDM", value) for value in (0, 0.3, 0.7, 1)]
    cells = [made(f"told_{n}", 0.4 - 0.1 * n, [place], trained=place.value == 1) for n, place in enumerate(share)]
    table = sweep.estimate(cells, INFERENCE)
    fits(table, "sweep")
    assert trend(table, "reverse_probability")["levels"] == 3
    assert trend(table, "source_probability")["levels"] == 4


def test_a_cell_is_told_in_each_of_its_series_and_words_have_no_trend(fits):
    words = [Place("model.position.kind", "MDM", word) for word in ("rope", "learned")]
    table = sweep.estimate(
        [
            made("rope", 0.8, [words[0], decay(0)]),
            made("learned", 0.6, [words[1]]),
            made("weak", 0.7, [decay(0.1)]),
        ],
        INFERENCE,
    )
    fits(table, "sweep")
    own = table[(table["cell"] == "rope") & (table["level"] == "run") & (table["measure"] == "source_nll")]
    assert own.groupby("setting", observed=True).size().to_dict() == {
        "model.position.kind": 10,
        "optimisation.weight_decay": 10,
    }
    assert set(table.loc[table["level"] == "series", "setting"]) == {"optimisation.weight_decay"}
    assert set(table["setting_word"].dropna()) == {"rope", "learned"}


def test_series_along_one_setting_stay_apart():
    cells = [made(f"mdm_{n}", 0.2 * n, [decay(n, "MDM")]) for n in (1, 2, 3)]
    cells += [made(f"arm_{n}", 0.9 - 0.2 * n, [decay(n, "ARM")], family="ARM") for n in (1, 2, 3)]
    table = sweep.estimate(cells, INFERENCE)
    rows = table[(table["level"] == "series") & (table["measure"] == "reverse_probability")].set_index("series")
    assert rows["value"].to_dict() == {"MDM": 1, "ARM": -1}
    assert rows["family"].to_dict() == {"MDM": "MDM", "ARM": "ARM"}


def test_cells_without_a_series_have_no_rows(fits):
    table = sweep.estimate([made("alone", 0.5, [])], INFERENCE)
    fits(table, "sweep")
    assert not len(table)
