"""Texts as tokens: which of them an entity is, which are hidden together, and what is refused."""

import numpy as np
import pytest

from reversal.errors import ReversalError
from reversal.language.train import vocabulary
from reversal.language.train.sequences import NEVER, encoded, places
from reversal.language.train.texts import Text

ENTITIES = ["Port Moresby", "Papua New Guinea"]
TOLD = Text("Port Moresby - Papua New Guinea", ((0, 12), (15, 31)), "passages.parquet: passage 7")
SHORT = Text("Chad - x.", ((0, 4), (7, 8)), "passages.parquet: passage 8")


@pytest.fixture
def word():
    return vocabulary.trained([TOLD.text, SHORT.text], ENTITIES, {"kind": "word"})


@pytest.fixture
def letters():
    """A vocabulary of single characters: nothing is merged."""
    return vocabulary.trained([TOLD.text, SHORT.text], ENTITIES, {"kind": "bpe", "vocabulary": 1})


def test_texts_are_padded_behind_their_ends(word):
    made, entities = encoded([TOLD, SHORT], word, positions=5)
    pad, beginning = (word.token_to_id(token) for token in (vocabulary.PAD, vocabulary.BEGINNING))
    assert made.tokens.shape == (2, 5)
    assert made.tokens[0].tolist() == [
        beginning,
        *map(word.token_to_id, ("Port Moresby", "-", "Papua New Guinea")),
        pad,
    ]
    assert made.units.tolist() == [[NEVER, 0, 1, 2, NEVER], [NEVER, 0, 1, 2, 3]]
    assert made.lengths().tolist() == [3, 4]
    assert made.present().tolist() == [[True] * 4 + [False], [True] * 5]
    assert entities == [[range(1, 2), range(3, 4)]] * 2


def test_an_entity_of_several_tokens_is_all_of_them(letters):
    made, ((first, second),) = encoded([TOLD], letters, positions=100)
    assert (first, second) == (range(1, 14), range(16, 33))  # letters, and the mark before every word and sign
    assert made.lengths().tolist() == [32]
    assert made.counts().tolist() == [32]


def test_a_whole_entity_is_one_unit(letters):
    made, _ = encoded([SHORT, TOLD], letters, positions=100, whole=True)
    assert made.units[0].tolist() == [NEVER, *[0] * 5, 1, 2, *[3] * 2, 4, 5, *[NEVER] * 21]
    assert made.units[1].tolist() == [NEVER, *[0] * 13, 1, 2, *[3] * 17]
    assert made.counts().tolist() == [6, 4]
    assert made.lengths().tolist() == [11, 32]


def test_some_of_the_texts_are_as_long_as_the_longest_of_them(word):
    made, _ = encoded([TOLD, SHORT, TOLD], word, positions=5)
    some = made.take(np.array([2, 0]))
    assert some.tokens.tolist() == made.tokens[[2, 0], :4].tolist()
    assert some.units.tolist() == [[NEVER, 0, 1, 2]] * 2
    assert made.take(np.array([1])).tokens.shape == (1, 5)


def test_a_text_beyond_the_model_s_positions_is_refused(word):
    with pytest.raises(ReversalError, match=r"passage 8: its text is 5 tokens long, and the model has positions for 4"):
        encoded([TOLD, SHORT], word, positions=4)


@pytest.mark.parametrize(
    ("span", "there"),
    [
        ((0, 4), "'Port Moresby'"),
        ((5, 12), "'Port Moresby'"),
        ((12, 13), "none"),
        ((31, 40), "none"),
    ],
    ids=["its first word", "its last word", "a space", "behind the end"],
)
def test_an_entity_without_tokens_of_its_own_is_refused(word, span, there):
    with pytest.raises(ReversalError) as refused:
        places(TOLD, span, word.encode(TOLD.text))
    assert f"passage 7: the entity '{TOLD.text[slice(*span)]}' of '{TOLD.text}' has no tokens of its own" in str(
        refused.value
    )
    assert f"(there: {there})" in str(refused.value)


def test_what_never_is_asked_is_no_unit(word):
    made, _ = encoded([TOLD, SHORT], word, positions=5)
    special = [word.token_to_id(token) for token in vocabulary.SPECIAL]
    assert (np.isin(made.tokens, special) == (made.units == NEVER)).all()
