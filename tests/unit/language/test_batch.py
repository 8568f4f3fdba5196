"""The two ways to ask for a token, by hand."""

import numpy as np

from reversal.language.batch import continued, hidden
from reversal.language.sequences import Sequences

PAD, BEGINNING, MASK = 0, 2, 3
TEXT = Sequences(
    tokens=np.array([[BEGINNING, 10, 11, 12, 13], [BEGINNING, 20, 21, PAD, PAD]]),
    units=np.array([[-1, 0, 1, 2, 3], [-1, 0, 1, -1, -1]]),
)
WEIGHTS = np.array([[0, 0.5, 0, 0, 0.25], [0, 0, 0.125, 0, 0]])


def test_what_is_hidden_is_read_as_the_mask_and_answered_in_its_place():
    asked = hidden(TEXT, WEIGHTS, MASK)
    assert asked.tokens.tolist() == [[BEGINNING, MASK, 11, 12, MASK], [BEGINNING, 20, MASK, PAD, PAD]]
    assert asked.present.tolist() == [[True] * 5, [True] * 3 + [False] * 2]
    assert asked.rows.tolist() == [1, 4, 7]
    assert asked.targets.tolist() == [10, 13, 21]
    assert asked.weights.tolist() == [0.5, 0.25, 0.125]


def test_what_is_continued_is_answered_from_the_token_before():
    asked = continued(TEXT, WEIGHTS, MASK)
    assert (asked.tokens == TEXT.tokens).all()
    assert asked.present is None
    assert asked.rows.tolist() == [0, 3, 6]
    assert asked.targets.tolist() == [10, 13, 21]


def test_texts_of_one_length_need_no_padding_told():
    assert hidden(TEXT.take(np.array([0, 0])), np.ones((2, 5)) * (TEXT.units[:1] >= 0), MASK).present is None
