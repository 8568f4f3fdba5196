"""A chain of two steps: what is told of its triples, what is held out, and what is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal.data.geometry import sentence_length, sentences, vocabulary_size
from reversal.data.query import Form
from reversal.data.stage import generate, read_pairs, read_sentences
from reversal.data.texts import chain, of

PLAIN = {
    "text": {"kind": "chain", "told": 0.7, "related": False},
    "pairs": 10,
    "other_pairs": 0,
    "word_size": 1,
    "entity_tokens": 0,
    "relation": "symmetric",
    "direction": "forward",
    "bidirectional_fraction": 0,
    "labels": "kept",
    "layout": {"kind": "with_relation"},
}
P1 = PLAIN | {"pairs": 200}
RELATED = PLAIN | {"pairs": 250, "word_size": 2, "text": {"kind": "chain", "told": 0.8, "related": True}}
MASKED = Form(masked=True, begun=False, trained=("source", "target"))
NEXT = Form(masked=False, begun=True, trained=("target",))

TEXTS = st.builds(
    lambda pairs, size, told, related: (
        PLAIN
        | {
            "pairs": pairs,
            "word_size": 2 if related else size,
            "text": {"kind": "chain", "told": told, "related": related},
        }
    ),
    pairs=st.integers(10, 40),
    size=st.integers(1, 3),
    told=st.floats(0.1, 0.9),
    related=st.booleans(),
)


def test_p1s_text_has_its_counts():
    """200 x → y, 200 y → z and 140 x ⇝ z; 60 are held out; 600 entities and two relations."""
    pairs = chain.draw(3, P1)
    text = chain.write(pairs)
    kinds, counts = np.unique(text.told, return_counts=True)
    assert dict(zip(kinds.tolist(), counts.tolist(), strict=True)) == {
        "first_step": 200,
        "second_step": 200,
        "one_step": 140,
    }
    assert (len(text.tokens), (~pairs.told).sum(), vocabulary_size(P1)) == (540, 60, 602)


def test_p1s_related_text_has_its_counts():
    """200 triples told and 50 held out; three vocabularies' tokens, 250 triples' and two relations."""
    pairs = chain.draw(3, RELATED)
    assert (pairs.told.sum(), (~pairs.told).sum()) == (200, 50)
    assert (len(chain.write(pairs).tokens), vocabulary_size(RELATED), sentence_length(RELATED)) == (700, 255, 5)


@given(TEXTS, st.integers(0, 2000))
def test_every_text_has_the_sizes_that_its_settings_imply(data, seed):
    pairs = chain.draw(seed, data)
    text = chain.write(pairs)
    assert text.tokens.shape == (sentences(data), sentence_length(data))
    assert text.tokens.max() < vocabulary_size(data)
    words = np.concatenate([pairs.words(kind) for kind in range(pairs.vocabularies)])
    assert len(np.unique(words, axis=0)) == len(words) == 3 * data["pairs"], "every entity is a word of its own"
    assert len(np.unique(words)) == chain.entity_tokens(data)
    assert words.min() >= chain.RELATIONS
    assert not list(chain.contradictions(data))


@given(TEXTS, st.integers(0, 2000))
def test_no_sentence_tells_what_is_held_out(data, seed):
    pairs = chain.draw(seed, data)
    size = data["word_size"]
    told = {tuple(sentence) for sentence in chain.write(pairs).tokens.tolist()}
    for x, y, z, kept in zip(pairs.a, pairs.b, pairs.c, pairs.told, strict=True):
        assert (*x, 0, *y) in told
        assert (*y, 0, *z) in told
        assert ((*x, 1, *z) in told) == kept
    ends = [sentence[size + 1 :] for sentence in told if sentence[size] == 1]
    assert len(ends) == pairs.told.sum()


def test_related_entities_share_the_token_of_their_triple():
    pairs = chain.draw(1, RELATED)
    np.testing.assert_array_equal(pairs.a[:, 1], pairs.b[:, 1])
    np.testing.assert_array_equal(pairs.a[:, 1], pairs.c[:, 1])
    assert len(np.unique(pairs.a[:, 1])) == 250
    assert [len(set(words[:, 0])) for words in (pairs.a, pairs.b, pairs.c)] == [1, 1, 1]
    assert len({words[0, 0] for words in (pairs.a, pairs.b, pairs.c)}) == 3


@pytest.mark.parametrize("data", [P1, RELATED], ids=["plain", "related"])
@pytest.mark.parametrize("asked", [MASKED, NEXT], ids=["masked", "next token"])
def test_all_that_is_told_is_asked_and_trained_and_all_else_is_not(data, asked):
    pairs = [chain.draw(seed, data) for seed in (1, 2)]
    found = {query.name: query for query in of(data).every(pairs, data, asked)}
    held_out = 60 if data is P1 else 50
    assert list(found) == (["source"] if asked.masked else []) + ["target", "one_step", "step_by_step"]
    for name, query in found.items():
        told = name in ("source", "target")
        assert query.answers.shape == (2, sentences(data) if told else held_out, data["word_size"])
        assert query.trained.all() == told
        assert query.trained.any() == told
        for run, numbers in zip(pairs, query.pair, strict=True):
            expected = np.arange(sentences(data)) if told else np.flatnonzero(~run.told)
            np.testing.assert_array_equal(numbers, expected)


def test_a_held_out_triple_is_asked_in_one_step_and_in_two():
    data = PLAIN | {"pairs": 2, "text": {"kind": "chain", "told": 0.5, "related": False}}
    run = chain.draw(5, data)
    triple = int(np.flatnonzero(~run.told)[0])
    x, y, z = (int(words[triple, 0]) for words in (run.a, run.b, run.c))
    mask = vocabulary_size(data)
    found = {query.name: query for query in chain.every([run], data, MASKED)}
    one, second = found["one_step"], found["step_by_step"]
    first = second.before
    for query, prompt, answer, types in (
        (one, [x, 1, mask], z, (0, 2)),
        (first, [x, 0, mask], y, (0, 1)),
        (second, [y, 0, mask], z, (1, 2)),
    ):
        assert query.tokens[0, 0].tolist() == prompt
        assert query.positions[0, 0].tolist() == [0, 1, 2]
        assert (query.slots.tolist(), query.answers[0, 0].tolist()) == ([2], [answer])
        assert (query.given_type[0, 0], query.answer_type[0, 0]) == types
        assert (query.pair[0, 0], query.given[0, 0, 0]) == (triple, prompt[0])
    following = {query.name: query for query in chain.every([run], data, NEXT)}
    assert following["one_step"].tokens[0, 0].tolist() == [mask + 1, x, 1]
    assert following["one_step"].slots.tolist() == [2]


def test_source_asks_every_sentence_from_its_end():
    data = PLAIN | {"pairs": 4, "text": {"kind": "chain", "told": 0.5, "related": False}}
    run = chain.draw(5, data)
    source = next(iter(chain.every([run], data, MASKED)))
    text = chain.write(run).tokens
    np.testing.assert_array_equal(source.tokens[0, :, 0], vocabulary_size(data))
    np.testing.assert_array_equal(source.tokens[0, :, 1:], text[:, 1:])
    np.testing.assert_array_equal(source.answers[0, :, 0], text[:, 0])
    for kinds, words in ((source.answer_type[0], source.answers[0]), (source.given_type[0], source.given[0])):
        for kind, word in zip(kinds, words, strict=True):
            assert word in run.words(kind)


@pytest.mark.parametrize("data", [P1, RELATED], ids=["plain", "related"])
def test_a_block_comes_back_from_its_tables_as_it_was_drawn(tmp_path, data):
    pairs_path, sentences_path = tmp_path / "pairs.parquet", tmp_path / "sentences.parquet"
    generate(data, (3, 4), pairs_path, sentences_path)
    back, drawn = read_pairs(pairs_path, (4,))[4], chain.draw(4, data)
    for name in ("a", "b", "c", "told", "a_type", "relation"):
        np.testing.assert_array_equal(getattr(back, name), getattr(drawn, name))
    assert back.other == drawn.other
    np.testing.assert_array_equal(read_sentences(sentences_path, (4,))[0], chain.write(drawn).tokens)


def test_guessing_step_by_step_takes_two_guesses():
    assert chain.guesses(P1, "one_step") == (602, 200)
    assert chain.guesses(P1, "step_by_step") == (602**2, 200**2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"relation": "inverse"}, "relation: 'inverse' means something in text facts only"),
        ({"labels": "permuted"}, "labels: 'permuted'"),
        ({"other_pairs": 3}, "other_pairs: 3"),
        ({"bidirectional_fraction": 0.5}, "bidirectional_fraction: 0.5"),
        ({"direction": "random"}, "direction: 'random'"),
        ({"layout": {"kind": "adjacent"}}, "layout.kind: 'adjacent' writes no relation"),
        ({"pairs": 2, "text": {"kind": "chain", "told": 0.9, "related": False}}, "text.told: 0.9 of 2 pairs is 2"),
        ({"text": {"kind": "chain", "told": 0.7, "related": True}}, "word_size: 1 does not fit"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(change, said):
    assert [line for line in chain.contradictions(PLAIN | change) if line.startswith(said)]
