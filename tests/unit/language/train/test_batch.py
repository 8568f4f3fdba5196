"""The two ways to ask for a token, by hand, and texts laid behind one another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal.language.train import batch
from reversal.language.train.batch import NOTHING, TOGETHER, continued, hidden
from reversal.language.train.sequences import NEVER, Sequences

PAD, BEGINNING, MASK = 0, 2, 3
TEXT = Sequences(
    tokens=np.array([[BEGINNING, 20, 21, PAD, PAD], [BEGINNING, 10, 11, 12, 13]]),
    units=np.array([[NEVER, 0, 1, NEVER, NEVER], [NEVER, 0, 1, 2, 3]]),
)
WEIGHTS = np.array([[0, 0, 0.125, 0, 0], [0, 0.5, 0, 0, 0.25]])


def test_what_is_hidden_is_read_as_the_mask_and_answered_in_its_place():
    asked = hidden(TEXT, WEIGHTS, MASK)
    assert asked.tokens.tolist() == [[BEGINNING, MASK, 11, 12, MASK, BEGINNING, 20, MASK]]  # the longest first
    assert asked.positions.tolist() == [[0, 1, 2, 3, 4, 0, 1, 2]]
    assert asked.texts.tolist() == [[1] * 5 + [0] * 3]
    assert asked.rows.tolist() == [7, 1, 4]
    assert asked.targets.tolist() == [21, 10, 13]
    assert asked.weights.tolist() == [0.125, 0.5, 0.25]


def test_what_is_continued_is_answered_from_the_token_before():
    asked = continued(TEXT, WEIGHTS, MASK)
    assert asked.tokens.tolist() == [[BEGINNING, 10, 11, 12, 13, BEGINNING, 20, 21]]
    assert asked.rows.tolist() == [6, 0, 3]
    assert asked.targets.tolist() == [21, 10, 13]


def test_texts_that_do_not_fill_their_rows_leave_nothing_over(monkeypatch):
    monkeypatch.setattr(batch, "TOGETHER", 1)
    asked = hidden(TEXT, WEIGHTS, MASK)
    assert asked.tokens.tolist() == [[BEGINNING, MASK, 11, 12, MASK], [BEGINNING, 20, MASK, PAD, PAD]]
    assert asked.texts.tolist() == [[1] * 5, [0] * 3 + [NOTHING] * 2]
    assert asked.rows.tolist() == [7, 1, 4]


@pytest.mark.parametrize("ask", [hidden, continued])
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=80))
def test_every_text_stands_once_in_a_row_and_whole(ask, lengths):
    lengths = np.array(lengths)
    units = np.where(np.arange(lengths.max()) < lengths[:, None], np.arange(lengths.max()), NEVER)
    units = np.pad(units, ((0, 0), (1, 0)), constant_values=NEVER)
    tokens = np.where(units == NEVER, PAD, 100 * np.arange(len(units))[:, None] + units)
    asked = ask(Sequences(tokens, units), (units != NEVER) * 1.0, MASK)
    for text, length in enumerate(lengths):
        rows, places = (asked.texts == text).nonzero()
        assert len(set(rows.tolist())) == 1
        assert (np.diff(places) == 1).all()
        assert asked.positions[rows, places].tolist() == list(range(length + 1))
    before = ask is continued
    assert (asked.texts.ravel()[asked.rows] == asked.targets // 100).all()
    assert (asked.positions.ravel()[asked.rows] + before == asked.targets % 100 + 1).all()
    assert len(asked.texts) <= -(-len(lengths) // TOGETHER)


def test_equal_texts_leave_no_place_over():
    units = np.tile([NEVER, 0, 1, 2], (64, 1))
    asked = hidden(Sequences(units + 10, units), (units != NEVER) * 1.0, MASK)
    assert asked.tokens.shape == (64 // TOGETHER, 4 * TOGETHER)
