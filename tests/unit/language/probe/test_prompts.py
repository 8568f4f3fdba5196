"""Where entities stand in tokens, for tokenizers of whole words and of pieces, and where they cannot be told apart."""

import pytest

from reversal.errors import ReversalError
from reversal.language.probe.prompts import Asked, prompts
from tests.language_models import FACTS, SYMMETRIC, TEMPLATES, pieces, spans, words

BEGIN, END = 3, 4


def asked(template, a, b, answer="A"):
    text, at = spans(template, a, b)
    return Asked(text, at[answer], at["B" if answer == "A" else "A"], "question 0")


@pytest.mark.parametrize("tokenizer", [words(), pieces()], ids=["words", "pieces"])
@pytest.mark.parametrize("templates", [TEMPLATES, SYMMETRIC], ids=["natural", "symmetric"])
def test_tokens_of_an_entity_spell_it(tokenizer, templates):
    texts = [asked(way, a, b, answer) for relation, a, b in FACTS for way in templates[relation] for answer in "AB"]
    for one, prompt in zip(texts, prompts(tokenizer, texts, "x"), strict=True):
        assert prompt.tokens[0] == BEGIN
        assert prompt.tokens[-1] == END
        assert tokenizer.decode(prompt.tokens, skip_special_tokens=True) == one.text
        for entity, span in ((one.answer, prompt.answer), (one.given, prompt.given)):
            assert tokenizer.decode(prompt.tokens[slice(*span)]).strip() == one.text[slice(*entity)]


def test_the_distance_is_the_mean_over_pairs_of_tokens():
    texts = [asked(way, a, b) for _, a, b in FACTS for way in SYMMETRIC["countries"]]
    found = prompts(pieces(), texts, "x")
    assert len({len(prompt.answers) for prompt in found}) > 1, "all entities have one length"
    for prompt in found:
        apart = [given - answer for given in range(*prompt.given) for answer in range(*prompt.answer)]
        assert prompt.distance == pytest.approx(abs(sum(apart) / len(apart)))
    for source, reverse in zip(found[::2], found[1::2], strict=True):
        assert source.distance == reverse.distance, (
            "a symmetric frame has one Δ both ways, whatever its entities' lengths"
        )


def test_another_entity_in_the_answers_place():
    one = asked("{B} is the capital of {A} .", "Arland", "Bora")
    other = one.instead("Corvia the Great")
    assert other.text == "Bora is the capital of Corvia the Great ."
    assert other.text[slice(*other.answer)] == "Corvia the Great"
    assert other.text[slice(*other.given)] == "Bora"
    before = asked("{A} has {B}", "Arland", "Bora").instead("X")
    assert (before.text, before.text[slice(*before.given)]) == ("X has Bora", "Bora")


@pytest.mark.parametrize(
    ("text", "entity", "line"),
    [
        ("Arland has the capital Boras", (23, 27), "tokens of 'Bora' are not its own"),
        ("Arland has the capital Bora", (24, 27), "tokens of 'ora' are not its own"),
        ("Arland has the capital Nowhere", (23, 30), r"tokens of 'Nowhere' hold an unknown one \('\[UNK\]'\)"),
    ],
)
def test_an_entity_that_the_tokenizer_splits_elsewhere_is_an_error(text, entity, line):
    with pytest.raises(ReversalError, match=f"model: question 5: {line}.*change the template around it"):
        prompts(words(), [Asked(text, entity, (0, 6), "question 5")], "model")
