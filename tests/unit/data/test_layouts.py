"""Where the words of a sentence stand."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal import registry, validation
from reversal.data.geometry import reach
from reversal.randomness import stream

LAYOUTS = registry.names("data.layouts")


def settings_of(name: str, **changes: int) -> dict:
    node = validation.definition("dataset")["properties"]["layout"]
    settings = validation.fill(node, {"kind": name, **changes})
    validation.check(node, settings, "layout")
    return settings


@pytest.mark.parametrize("name", LAYOUTS)
@given(seed=st.integers(0, 1000), sentences=st.integers(1, 20), word_size=st.integers(1, 3))
def test_tokens_stand_in_order_from_zero_within_the_span(name, seed, sentences, word_size):
    layout, settings = registry.load("data.layouts", name), settings_of(name)
    length = 2 * word_size + layout.RELATION
    positions = layout.positions(partial(stream, seed), sentences, length, word_size, settings)
    assert positions.shape == (sentences, length)
    assert np.issubdtype(positions.dtype, np.integer)
    assert positions.min() >= 0
    assert positions.max() < layout.span(length, settings)
    assert (np.diff(positions, axis=1) > 0).all()
    assert (np.diff(positions[:, :word_size], axis=1) == 1).all()
    assert (np.diff(positions[:, -word_size:], axis=1) == 1).all()


@pytest.mark.parametrize("name", ["adjacent", "with_relation"])
def test_fixed_layouts_count_up(name):
    positions = registry.load("data.layouts", name).positions(partial(stream, 0), 3, 4, 1, settings_of(name))
    assert positions.tolist() == [[0, 1, 2, 3]] * 3


def test_random_offset_moves_the_sentence_as_a_whole():
    layout = registry.load("data.layouts", "random_offset")
    positions = layout.positions(partial(stream, 0), 5000, 3, 1, settings_of("random_offset", max_offset=4))
    assert (np.diff(positions, axis=1) == 1).all()
    counts = np.bincount(positions[:, 0], minlength=5)
    assert len(counts) == 5
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(5000 * 0.2 * 0.8)


def test_random_gap_moves_all_but_the_first_entity():
    layout = registry.load("data.layouts", "random_gap")
    positions = layout.positions(partial(stream, 0), 5000, 5, 2, settings_of("random_gap", max_gap=3))
    assert (positions[:, :2] == [0, 1]).all()
    assert (np.diff(positions[:, 2:], axis=1) == 1).all()  # the relation stays beside the second entity
    counts = np.bincount(positions[:, 2] - 2, minlength=4)
    assert len(counts) == 4
    assert np.abs(counts - 1250).max() < 4 * np.sqrt(5000 * 0.25 * 0.75)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ({"kind": "adjacent"}, 2 + 1),
        ({"kind": "with_relation"}, 3 + 1),
        ({"kind": "random_gap", "max_gap": 4}, 3 + 4 + 1),
        ({"kind": "random_offset", "max_offset": 5}, 3 + 5 + 1),
    ],
)
def test_weights_by_position_have_one_for_every_place_behind_a_beginning(layout, expected):
    data = {"text": {"kind": "facts"}, "word_size": 1, "layout": layout}
    assert reach(data) == expected
