"""What is asked: tokens, positions and answer places of each query, by hand."""

import numpy as np
import pytest

from reversal.data import queries, query
from reversal.data.pairs import Pairs

A, B, R, S, MASK, BEGIN = 2, 3, 0, 1, 10, 11
DATA = {
    "text": {"kind": "facts"},
    "pairs": 1,
    "other_pairs": 3,
    "word_size": 1,
    "entity_tokens": 0,
    "relation": "symmetric",
    "layout": {"kind": "with_relation"},
}
MASKED = query.Form(masked=True, begun=False, trained=("source", "target"))
NEXT = query.Form(masked=False, begun=True, trained=("target",))


def one_pair(**change) -> list[Pairs]:
    fields = {
        "a": np.array([[A]]),
        "b": np.array([[B]]),
        "a_type": np.array([0]),
        "answer": np.array([0]),
        "relation": np.array([R]),
        "inverse": np.array([R]),
        "other": S,
        "both_ways": np.array([False]),
        "others": np.zeros((0, 2, 1), dtype=int),
    }
    return [Pairs(**(fields | change))]


@pytest.fixture(autouse=True)
def small_vocabulary(monkeypatch):
    monkeypatch.setattr(query, "vocabulary_size", lambda data: MASK)


EXPECTED = {
    "source": ([MASK, R, B], [0], A),
    "target": ([A, R, MASK], [2], B),
    "reverse": ([B, R, MASK], [2], A),
    "wrong_frame": ([B, S, MASK], [2], A),
}


def test_masked_models_are_asked_by_a_mask_in_the_answers_place():
    asked = {found.name: found for found in queries.every(one_pair(), DATA, MASKED)}
    assert asked.keys() == EXPECTED.keys()
    for name, (tokens, slots, answer) in EXPECTED.items():
        assert asked[name].tokens[0, 0].tolist() == tokens
        assert asked[name].slots.tolist() == slots
        assert asked[name].answers[0, 0].tolist() == [answer]
        assert asked[name].positions[0, 0].tolist() == [0, 1, 2]
        assert asked[name].tokens[0, 0, asked[name].given_slots].tolist() == asked[name].given[0, 0].tolist()


def test_next_token_models_are_asked_by_what_follows():
    asked = {found.name: found for found in queries.every(one_pair(), DATA, NEXT)}
    assert "source" not in asked
    assert asked["reverse"].tokens[0, 0].tolist() == [BEGIN, B, R]
    assert asked["reverse"].positions[0, 0].tolist() == [0, 1, 2]
    assert asked["reverse"].slots.tolist() == [2]
    assert asked["reverse"].given_slots.tolist() == [1]


def test_any_order_models_read_the_mask_last_at_the_answers_place():
    form = MASKED._replace(reordered=True)
    asked = {query.name: query for query in queries.every(one_pair(), DATA, form)}
    source = asked["source"]
    assert source.tokens[0, 0].tolist() == [R, B, MASK]
    assert source.positions[0, 0].tolist() == [1, 2, 0]
    assert source.slots.tolist() == [2]
    assert source.given_slots.tolist() == [1]
    for name in ("target", "reverse", "wrong_frame"):
        plain = next(query for query in queries.every(one_pair(), DATA, MASKED) if query.name == name)
        assert asked[name].tokens.tolist() == plain.tokens.tolist()
        assert asked[name].positions.tolist() == plain.positions.tolist()
        assert asked[name].given_slots.tolist() == plain.given_slots.tolist()
    further = queries.source(one_pair(), DATA, form, distance=5)
    assert further.positions[0, 0].tolist() == [4, 5, 0]


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ({"kind": "mdm"}, (True, False, False)),
        ({"kind": "any_order"}, (True, False, True)),
        ({"kind": "next_token", "loss": "whole"}, (False, True, False)),
        ({"kind": "next_token", "loss": "last_entity"}, (False, False, False)),
    ],
)
def test_how_a_model_is_asked_follows_from_its_objective(objective, expected):
    form = query.form(objective, ["target"])
    assert (form.masked, form.begun, form.reordered) == expected


def test_words_of_several_tokens_are_shown_all_but_their_last():
    words = {"a": np.array([[4, 5]]), "b": np.array([[6, 7]])}
    asked = queries.target(one_pair(**words), DATA | {"word_size": 2}, NEXT._replace(begun=False))
    assert asked.tokens[0, 0].tolist() == [4, 5, R, 6]
    assert asked.slots.tolist() == [2, 3]
    assert asked.answers[0, 0].tolist() == [6, 7]


def test_other_distances_move_the_last_entity_with_its_relation():
    asked = queries.reverse(one_pair(), DATA, MASKED, "same", distance=5)
    assert asked.positions[0, 0].tolist() == [0, 4, 5]
    assert not asked.own_distance
    own = queries.reverse(one_pair(), DATA, MASKED, "same")
    assert own.distance == 2
    assert own.own_distance


def test_an_inverse_relation_is_asked_in_both_frames():
    data = DATA | {"relation": "inverse"}
    pairs = one_pair(relation=np.array([5]), inverse=np.array([6]))
    asked = {found.frame: found for found in queries.every(pairs, data, MASKED) if found.name == "reverse"}
    assert asked["inverse"].tokens[0, 0].tolist() == [B, 6, MASK]
    assert asked["same"].tokens[0, 0].tolist() == [B, 5, MASK]


@pytest.mark.parametrize(("objective", "expected"), [(("source", "target"), True), (("source",), False)])
def test_reverse_is_trained_where_the_pair_is_told_backward_and_the_last_entity_asked(objective, expected):
    form = MASKED._replace(trained=objective)
    pairs = one_pair(both_ways=np.array([True]))
    assert queries.reverse(pairs, DATA, form, "same").trained.all() == expected
    assert not queries.reverse(pairs, DATA, form, "same", distance=4).trained.any()
    assert not queries.reverse(one_pair(), DATA, form, "same").trained.any()


def test_permuted_labels_change_held_out_answers_only():
    words = {"a": np.array([[4], [5]]), "b": np.array([[6], [7]]), "answer": np.array([1, 0])}
    rest = {name: np.zeros(2, dtype=int) for name in ("a_type", "relation", "inverse")}
    pairs = one_pair(**words, **rest, both_ways=np.zeros(2, dtype=bool))
    asked = {found.name: found.answers[0, :, 0].tolist() for found in queries.every(pairs, DATA, MASKED)}
    assert asked == {"source": [4, 5], "target": [6, 7], "reverse": [5, 4], "wrong_frame": [5, 4]}
