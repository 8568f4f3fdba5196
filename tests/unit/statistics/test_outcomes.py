"""What a run shows at its end, against numbers put in by hand."""

import numpy as np
import pandas as pd
import pytest

from reversal.statistics import outcomes
from tests.unit.statistics.made_up_runs import attention, cell_runs, gradients, history, queries, references

SEEDS = range(3)


def asked(told: dict[tuple[str, str, int, bool], float]) -> pd.DataFrame:
    """Queries whose p is given, and a tenth of it before the last step."""
    over_time = np.array([0.1, 0.1, 1])[None, :, None]
    return queries(SEEDS, {key: np.broadcast_to(p * over_time, (3, 3, 40)) for key, p in told.items()})


def found(told: dict[tuple[str, str, int, bool], float], elsewhere: bool = False, **given) -> pd.DataFrame:
    """Outcomes with the value of the second seed."""
    tables = {
        "queries": asked(told),
        "attention": attention(SEEDS, 0.5),
        "references": references(SEEDS, {"expected": 0.5}),
        "gradients": gradients(SEEDS, {0: 0.9, 10: 0.3, 100: -0.2}),
    }
    made = outcomes.of(cell_runs(seeds=SEEDS, tables={**tables, **given}), elsewhere=elsewhere)
    return made.keys.assign(value=made.told[1]).set_index("measure")


TOLD = {("source", "same", 2, True): 0.9, ("reverse", "same", 2, False): 0.4, ("wrong_frame", "other", 2, False): 0.2}


def test_answers_are_those_of_the_last_step():
    value = found(TOLD)["value"]
    assert value["source_probability"] == pytest.approx(0.9)
    assert value["reverse_nll"] == pytest.approx(-np.log(0.4))
    assert value["reverse_accuracy"] == 0
    assert value["wrong_frame_candidate_probability"] == pytest.approx(0.2)
    assert value["echo"] == pytest.approx(0.25)
    assert "target_accuracy" not in value.index


def test_answers_know_their_chance_and_whether_they_were_trained():
    keys = found(TOLD)
    assert keys.loc["reverse_candidate_accuracy", "chance"] == 1 / 40
    assert keys.loc[["source_nll", "reverse_nll"], "trained"].tolist() == [True, False]
    assert pd.isna(keys.loc["r_trained", ["trained", "chance"]]).all()


def test_reverse_is_in_the_frame_of_the_text_and_of_pairs_told_one_way():
    frames = {("reverse", "same", 2, False): 0.1, ("reverse", "inverse", 2, True): 0.8}
    assert found({**TOLD, **frames}).loc["reverse_probability", "value"] == pytest.approx(0.8)
    one_way = {**TOLD, ("reverse", "same", 2, True): 0.8}
    assert found(one_way).loc["reverse_probability", "value"] == pytest.approx(0.4)


def test_pairs_that_are_all_told_both_ways_are_marked_as_trained():
    told = {("source", "same", 2, True): 0.9, ("reverse", "same", 2, True): 0.8}
    assert found(told).loc["reverse_probability", ["value", "trained"]].tolist() == [pytest.approx(0.8), True]


def test_other_distances_are_left_out_unless_asked_for():
    across = {**TOLD, ("reverse", "same", 4, False): 0.3, ("source", "same", 4, False): 0.7}
    assert set(found(across)["distance"]) == {2}
    everywhere = found(across, elsewhere=True)
    assert everywhere.loc["reverse_probability", "distance"].tolist() == [2, 4]
    assert everywhere.loc["source_probability", "distance"] == 2


def test_scores_and_gradients_at_their_times():
    value = found(TOLD)["value"]
    assert value[["r_initial", "r_trained"]].tolist() == pytest.approx([0.5, 0.5])
    assert value[["weight_fwd", "weight_rev"]].tolist() == [0.5, 0.25]
    # steps 0, 10 and 100: the only one between 4 % and 30 % of the training is 10
    assert value[["cosine_initial", "cosine_fitting"]].tolist() == [0.9, 0.3]
    assert value["matched_minus_mismatched"] == pytest.approx(0.5)


def test_a_cell_without_scores_or_gradients_has_no_such_outcomes():
    nothing = {"attention": attention(SEEDS, 0.5).iloc[:0], "gradients": gradients(SEEDS).iloc[:0]}
    measures = set(found(TOLD, **nothing).index)
    assert "reverse_nll" in measures
    assert not measures & {"r_initial", "weight_rev", "cosine_initial", "matched_minus_mismatched"}


def test_without_a_checkpoint_while_fitting_only_the_outcomes_of_fitting_are_absent():
    late = gradients(SEEDS, {0: 0.9, 31: 0.2, 100: -0.2}, steps=(0, 31, 100))
    with_it, without = set(found(TOLD).index), set(found(TOLD, gradients=late).index)
    assert with_it - without == {"cosine_fitting", "matched_minus_mismatched"}


def test_steps_are_told_of_trained_queries():
    late = history(SEEDS, {"source": {1: 0.5}})
    value = found(TOLD, history=late)["value"]
    assert pd.isna(value["source_steps"])
    assert value["target_steps"] == pytest.approx(10 + 0.99 * 90)
