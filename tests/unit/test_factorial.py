"""Cells as combinations of levels: which there are, what they are, what is left out and what is refused."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal import plan, study
from reversal.errors import ReversalError
from reversal.factorial import expand
from tests.configs import read_config

ENTRY = {
    "like": "mdm",
    "factors": {
        "position": {
            "rope": {"model": {"position": {"kind": "rope"}}},
            "learned": {"label": "learned absolute", "model": {"position": {"kind": "learned", "scale": 2}}},
        },
        "storage": {"shared": {}, "placed": {"model": {"value_output": "by_position"}}},
        "places": {"fixed": {}, "moved": {"data": "moved"}},
    },
    "except": [{"because": "places move", "where": {"position": "learned", "places": ["moved"]}}],
}


def config(**changes):
    """The smoke study with one factorial, and an experiment of its cells and one more."""
    made = read_config("workflow/scales/smoke.yaml")
    made["datasets"]["moved"] = {"like": "facts", "layout": {"kind": "random_gap", "max_gap": 40}}
    made["factorials"] = {"crossed": {**ENTRY, **changes}}
    made["experiments"] = {"one": {"cells": ["arm", "crossed"]}}
    made["selected"], made["on_request"] = ["one"], []
    return made


def test_the_cells_are_the_combinations_that_no_exception_names():
    made = study.load(config())
    expected = [
        f"crossed__{position}__{storage}__{places}"
        for position, storage, places in product(("rope", "learned"), ("shared", "placed"), ("fixed", "moved"))
        if (position, places) != ("learned", "moved")
    ]
    assert list(made.cells) == ["arm", *expected]
    assert list(made.experiments["one"].cells) == ["arm", *expected]


def test_a_cell_is_what_one_written_by_hand_would_be():
    by_hand = config()
    model = {"position": {"kind": "learned", "scale": 2}, "value_output": "by_position"}
    by_hand["cells"]["hand"] = {"like": "mdm", "model": model}
    by_hand["experiments"]["one"]["cells"].append("hand")
    made = study.load(by_hand).cells
    crossed = made["crossed__learned__placed__fixed"]
    assert crossed.settings == made["hand"].settings
    assert crossed.fingerprint() == made["hand"].fingerprint()
    assert crossed.label == "learned absolute, placed, fixed"


def test_what_is_left_out_is_counted_and_told():
    made = study.load(config())
    assert list(plan.factorials(made)) == [
        "factorial crossed: 8 combinations, 6 cells",
        "  left out: 2, because places move",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"factors": {"heads": {"two": {}, "five": {"model": {"heads": 5}}}}, "except": []},
            "cells.crossed__five.model.heads: 5 does not divide width 32",
        ),
        (
            {"except": [{"because": "x", "where": {"storage": "plcaed"}}]},
            "'plcaed' is none of its levels; one of: shared",
        ),
        ({"except": [{"because": "x", "where": {"place": "fixed"}}]}, "except.0.where.place: is none of the factors"),
        ({"except": [*ENTRY["except"], {**ENTRY["except"][0], "because": "again"}]}, "'again' leaves nothing out"),
        ({"except": [{"because": "x", "where": {"places": ["fixed", "moved"]}}]}, "nothing is left"),
        ({"like": "mdmm"}, "factorials.crossed.like: 'mdmm' is none of the records (did you mean mdm?)"),
        ({"factors": {"position": {"rope": {"model": {"layer": 1}}}}, "except": []}, "model.layer: no such key"),
        (
            {"factors": {**ENTRY["factors"], "also": {"x": {"model": {"value_output": "shared"}}}}},
            "factors.also: sets model.value_output, and so does storage",
        ),
        ({"factors": {"position": {"two__words": {}}}}, "position: 'two__words' does not fit"),
    ],
)
def test_what_could_be_misread_is_refused(changes, said):
    with pytest.raises(ReversalError) as caught:
        study.load(config(**changes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_taken_is_refused():
    taken = config()
    taken["cells"]["crossed"] = {"like": "mdm"}
    with pytest.raises(ReversalError, match=r"factorials.crossed: there is a record of the same name"):
        study.load(taken)


NAMES = st.text("abcdefgh", min_size=1, max_size=3)
FACTORS = st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=4, unique=True), min_size=1, max_size=4)


@given(FACTORS, st.data())
def test_every_combination_is_a_cell_or_counted_once(factors, data):
    left_out = []
    for number in range(data.draw(st.integers(0, 3))):
        chosen = data.draw(st.lists(st.sampled_from(sorted(factors)), min_size=1, unique=True))
        where = {name: data.draw(st.lists(st.sampled_from(factors[name]), min_size=1, unique=True)) for name in chosen}
        left_out.append({"because": f"reason {number}", "where": where})

    def named(levels, exception):
        return all(levels[name] in exception["where"][name] for name in exception["where"])

    everything = [dict(zip(factors, levels, strict=True)) for levels in product(*factors.values())]
    expected = [levels for levels in everything if not any(named(levels, exception) for exception in left_out)]
    entry = {
        "like": "base",
        "factors": {n: {level: {} for level in ls} for n, ls in factors.items()},
        "except": left_out,
    }
    given_config = {"cells": {}, "settings": {"base": {}}, "experiments": {}, "factorials": {"f": entry}}
    idle = [
        exception
        for place, exception in enumerate(left_out)
        if not any(
            named(levels, exception) and not any(named(levels, e) for e in left_out[:place]) for levels in everything
        )
    ]
    if idle or not expected:
        with pytest.raises(ReversalError, match=r"leaves nothing out|nothing is left"):
            expand(given_config)
        return
    _, made = expand(given_config)
    assert list(made["f"].cells.values()) == expected
    assert made["f"].combinations == prod(map(len, factors.values()))
    assert len(set(made["f"].cells)) == len(expected)
