"""Cells that differ in one setting: which series there are, and which mistakes are refused."""

from typing import Any

import pytest

from reversal import dag, study
from reversal.errors import ReversalError
from tests.configs import read_config

VARIANTS = {
    "mdm_decay_1": {"like": "reference", "optimisation": {"weight_decay": 1}},
    "mdm_decay_0": {"like": "reference", "optimisation": {"weight_decay": 0}},
    "arm_decay_1": {"like": "arm", "optimisation": {"weight_decay": 1}},
    "mdm_short": {"like": "reference", "optimisation": {"steps": 400}},
    "mdm_wide": {"like": "reference", "model": {"width": 128}},
    "mdm_wide_decay_1": {"like": "mdm_wide", "optimisation": {"weight_decay": 1}},
    "mdm_base_100": {"like": "reference", "model": {"position": {"base": 100}}},
    "mdm_untied": {"like": "reference", "model": {"tied": False}},
}


def loaded(cells: list[str], along: list[str], statistics: tuple[str, ...] = ("sweep",)) -> study.Study:
    config: dict[str, Any] = read_config()
    config["cells"] |= VARIANTS
    config["experiments"] = {"one": {"cells": cells, "statistics": list(statistics), "along": along}}
    config["selected"], config["on_request"] = ["one"], []
    return study.load(config)


def series(cells: list[str], along: str) -> dict[str, dict[str, Any]]:
    """Label → cell → value."""
    return {one.label: dict(one.values) for one in loaded(cells, [along]).experiments["one"].series}


def test_cells_that_differ_in_the_setting_alone_form_a_series_in_ascending_order():
    found = series(
        ["mdm", "mdm_decay_1", "mdm_decay_0", "arm", "arm_decay_1", "mdm_short"], "optimisation.weight_decay"
    )
    assert found == {
        "MDM": {"mdm_decay_0": 0, "mdm": 0.01, "mdm_decay_1": 1},
        "ARM": {"arm": 0.01, "arm_decay_1": 1},
    }
    assert list(found["MDM"].values()) == [0, 0.01, 1]


def test_checkpoints_and_labels_follow_and_are_no_difference():
    assert series(["mdm", "mdm_short"], "optimisation.steps") == {"MDM": {"mdm_short": 400, "mdm": 800}}


def test_series_of_one_family_are_told_apart_by_what_else_differs():
    found = series(["mdm", "mdm_decay_1", "mdm_wide", "mdm_wide_decay_1"], "optimisation.weight_decay")
    assert set(found) == {"MDM, width 64", "MDM, width 128"}


def test_settings_of_a_kind_follow_from_it_and_the_first_of_a_kind_stands_for_it():
    found = series(["mdm", "mdm_base_100", "mdm_learned", "mdm_sinusoidal"], "model.position.kind")
    assert found == {"MDM": {"mdm": "rope", "mdm_learned": "learned", "mdm_sinusoidal": "sinusoidal"}}


def test_yes_and_no_are_words():
    assert series(["mdm", "mdm_untied"], "model.tied") == {"MDM": {"mdm": "true", "mdm_untied": "false"}}


def test_a_setting_of_the_text_is_a_setting_of_the_cell():
    assert series(["mdm", "mdm_both_ways"], "data.bidirectional_fraction") == {"MDM": {"mdm": 0, "mdm_both_ways": 1}}


def test_a_cell_may_stand_in_several_series_and_its_record_says_so():
    made = loaded(["mdm", "mdm_decay_1", "mdm_base_100"], ["optimisation.weight_decay", "model.position.base"])
    by_cell = {record["name"]: [tuple(place) for place in record["series"]] for record in dag.records(made, "one")}
    assert by_cell["mdm"] == [("optimisation.weight_decay", "MDM", 0.01), ("model.position.base", "MDM", 10000)]
    assert by_cell["mdm_base_100"] == [("model.position.base", "MDM", 100)]


MISTAKES = [
    (["mdm", "mdm_decay_1"], ["optimisation.weight_decoy"], "did you mean optimisation.weight_decay?"),
    (["mdm", "mdm_decay_1"], ["weight"], "a setting is named by its path"),
    (["mdm", "mdm_learned"], ["model.position"], "one of: model.position.base, "),
    (["mdm", "mdm_decay_1"], ["optimisation.betas"], "is a list"),
    (["mdm", "mdm_decay_1"], ["model.width"], "no two cells of the experiment differ in 'model.width' alone"),
    (["mdm", "arm_decay_1"], ["optimisation.weight_decay"], "no two cells"),
    (["mdm", "mdm_learned"], ["model.position.angle"], "no two cells"),
    (["mdm", "mdm_decay_1"], [], "'sweep' follows settings"),
]


@pytest.mark.parametrize(("cells", "along", "said"), MISTAKES, ids=[str(row[1]) for row in MISTAKES])
def test_a_mistake_is_one_line_with_its_place_and_a_way_out(cells, along, said):
    with pytest.raises(ReversalError) as caught:
        loaded(cells, along)
    message = str(caught.value)
    assert message.startswith("experiments.one.along")
    assert said in message
    assert "\n" not in message


def test_settings_that_no_statistic_follows_are_refused():
    with pytest.raises(ReversalError, match=r"no statistic of the experiment follows it; add one of: sweep"):
        loaded(["mdm", "mdm_decay_1"], ["optimisation.weight_decay"], ("accuracy",))
