"""The pair within one sentence: what is told, what is held out, and what is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal.data.geometry import sentence_length, sentences, vocabulary_size
from reversal.data.query import Form
from reversal.data.stage import generate, read_pairs
from reversal.data.texts import in_context
from tests.unit.data.test_chain import PLAIN as CHAIN

PLAIN = CHAIN | {"pairs": 12, "text": {"kind": "in_context", "second": 3, "told": 0.7}}
P1 = PLAIN | {"pairs": 1000, "text": {"kind": "in_context", "second": 10, "told": 0.7}}
MASKED = Form(masked=True, begun=False, trained=("source", "target"))
NEXT = Form(masked=False, begun=False, trained=("target",))

TEXTS = st.builds(
    lambda first, second, size, told: (
        PLAIN
        | {
            "pairs": first * second,
            "word_size": size,
            "text": {"kind": "in_context", "second": second, "told": told},
        }
    ),
    first=st.integers(3, 9),
    second=st.integers(2, 5),
    size=st.integers(1, 3),
    told=st.floats(0.2, 0.8),
)


def test_p1s_text_has_its_counts():
    pairs = in_context.draw(3, P1)
    assert (pairs.told.sum(), (~pairs.told).sum(), len(in_context.write(pairs).tokens)) == (700, 300, 700)
    assert (len(pairs.words(0)), len(pairs.words(1)), vocabulary_size(P1), sentence_length(P1)) == (100, 10, 113, 7)
    assert in_context.guesses(P1, "in_context") == (113, 100)


@given(TEXTS, st.integers(0, 2000))
def test_every_x_meets_every_y_once_and_is_told_or_held_out(data, seed):
    pairs = in_context.draw(seed, data)
    text = in_context.write(pairs)
    assert text.tokens.shape == (sentences(data), sentence_length(data))
    assert text.tokens.max() < vocabulary_size(data)
    assert len(np.unique(np.concatenate([pairs.a, pairs.b], axis=1), axis=0)) == data["pairs"]
    words = np.concatenate([pairs.words(0), pairs.words(1)])
    assert len(np.unique(words)) == words.size == in_context.entity_tokens(data)
    assert words.min() >= in_context.RELATIONS
    size = data["word_size"]
    np.testing.assert_array_equal(text.tokens[:, :size], text.tokens[:, -size:])
    np.testing.assert_array_equal(text.pair, np.flatnonzero(pairs.told))


def test_sentences_and_queries_by_hand():
    run = in_context.draw(4, PLAIN)
    held_out = int(np.flatnonzero(~run.told)[0])
    x, y, mask = int(run.a[held_out, 0]), int(run.b[held_out, 0]), vocabulary_size(PLAIN)
    found = {query.name: query for query in in_context.every([run], PLAIN, MASKED)}
    assert list(found) == ["source", "target", "in_context"]
    asked = found["in_context"]
    assert asked.tokens[0, 0].tolist() == [x, 0, y, 2, y, 1, mask]
    assert (asked.slots.tolist(), asked.given_slots.tolist(), asked.answers[0, 0].tolist()) == ([6], [4], [x])
    assert (asked.given[0, 0].tolist(), asked.distance, asked.pair[0, 0]) == ([y], 2, held_out)
    told = in_context.write(run).tokens
    np.testing.assert_array_equal(found["target"].tokens[0, :, :6], told[:, :6])
    np.testing.assert_array_equal(found["source"].tokens[0, :, 1:], told[:, 1:])
    assert (found["source"].tokens[0, :, 0] == mask).all()
    assert (found["source"].slots.tolist(), found["source"].given_slots.tolist()) == ([0], [2])
    assert {name: bool(query.trained.all()) for name, query in found.items()} == {
        "source": True,
        "target": True,
        "in_context": False,
    }
    following = {query.name: query for query in in_context.every([run], PLAIN, NEXT)}
    assert list(following) == ["target", "in_context"]
    assert following["in_context"].tokens[0, 0].tolist() == [x, 0, y, 2, y, 1]
    assert following["in_context"].slots.tolist() == [5]


def test_a_block_comes_back_from_its_tables_as_it_was_drawn(tmp_path):
    generate(PLAIN, (3, 4), tmp_path / "pairs.parquet", tmp_path / "sentences.parquet")
    back, drawn = read_pairs(tmp_path / "pairs.parquet", (4,))[4], in_context.draw(4, PLAIN)
    for name in ("a", "b", "c", "told", "relation", "inverse"):
        np.testing.assert_array_equal(getattr(back, name), getattr(drawn, name))


@pytest.mark.parametrize("pairs", [13, 3])
def test_combinations_that_are_no_rectangle_are_refused(pairs):
    said = list(in_context.contradictions(PLAIN | {"pairs": pairs}))
    assert any(line.startswith("text.second: 3 does not fit") for line in said)
