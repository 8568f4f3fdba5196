"""The pairs and the text of a run: what is told, to whom, in which words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal.data import sentences as telling
from reversal.data.geometry import sentence_length, sentences, vocabulary_size
from reversal.data.pairs import both_ways, draw, relations
from reversal.data.stage import generate, read_pairs, read_sentences

PLAIN = {
    "text": {"kind": "facts"},
    "pairs": 10,
    "other_pairs": 0,
    "word_size": 1,
    "entity_tokens": 0,
    "relation": "symmetric",
    "direction": "forward",
    "bidirectional_fraction": 0.0,
    "labels": "kept",
    "layout": {"kind": "with_relation"},
}

TEXTS = st.fixed_dictionaries(
    {
        "text": st.just({"kind": "facts"}),
        "pairs": st.integers(2, 30),
        "other_pairs": st.integers(0, 8),
        "word_size": st.integers(1, 3),
        "entity_tokens": st.just(0),
        "relation": st.sampled_from(["symmetric", "inverse"]),
        "direction": st.sampled_from(["forward", "random"]),
        "bidirectional_fraction": st.floats(0, 1),
        "labels": st.sampled_from(["kept", "permuted"]),
        "layout": st.just({"kind": "with_relation"}),
    }
)


@given(TEXTS, st.integers(0, 2000))
def test_every_text_has_the_sizes_that_its_settings_imply(data, seed):
    pairs = draw(seed, data)
    text = telling.write(pairs)
    assert text.tokens.shape == (sentences(data), sentence_length(data))
    assert text.tokens.max() < vocabulary_size(data)
    assert pairs.both_ways.sum() == both_ways(data)
    entities = np.concatenate([pairs.a.ravel(), pairs.b.ravel(), pairs.others.ravel()])
    assert len(set(entities.tolist())) == entities.size, "every entity has words of its own"
    assert entities.min() >= relations(data), "no entity is a relation"
    assert sorted(pairs.answer.tolist()) == list(range(data["pairs"]))


@given(TEXTS, st.integers(0, 2000))
def test_a_pair_is_told_forward_once_and_backward_only_where_it_says_so(data, seed):
    pairs = draw(seed, data)
    text = telling.write(pairs)
    size = data["word_size"]
    for kind, first, second, relation in (
        ("forward", pairs.a, pairs.b, pairs.relation),
        ("backward", pairs.b, pairs.a, pairs.inverse),
    ):
        told = text.told == kind
        pair = text.pair[told]
        np.testing.assert_array_equal(text.tokens[told][:, :size], first[pair])
        np.testing.assert_array_equal(text.tokens[told][:, size], relation[pair])
        np.testing.assert_array_equal(text.tokens[told][:, size + 1 :], second[pair])
    assert sorted(text.pair[text.told == "forward"].tolist()) == list(range(data["pairs"]))
    assert sorted(text.pair[text.told == "backward"].tolist()) == np.flatnonzero(pairs.both_ways).tolist()


def test_p1s_text_has_its_counts():
    data = PLAIN | {
        "pairs": 200,
        "entity_tokens": 800,
        "relation": "inverse",
        "direction": "random",
        "bidirectional_fraction": 0.7,
    }
    text = telling.write(draw(3, data))
    assert vocabulary_size(data) == 802
    assert len(text.tokens) == 340
    held_out = 200 - both_ways(data)
    assert held_out == 60


def test_a_random_direction_swaps_entities_and_relations_together():
    data = PLAIN | {"pairs": 400, "relation": "inverse", "direction": "random"}
    pairs = draw(5, data)
    swapped = pairs.a_type == 1
    assert 120 < swapped.sum() < 280
    assert set(pairs.relation[swapped]) == {1}
    assert set(pairs.relation[~swapped]) == {0}
    plain = draw(5, data | {"direction": "forward"})
    np.testing.assert_array_equal(pairs.a[swapped], plain.b[swapped])
    np.testing.assert_array_equal(pairs.words(0), plain.a)
    np.testing.assert_array_equal(pairs.words(1), plain.b)


def test_seeds_differ_in_pairing_and_in_vocabulary():
    one, other = draw(1, PLAIN | {"pairs": 50}), draw(2, PLAIN | {"pairs": 50})
    assert not np.array_equal(one.a, other.a)
    partner = [dict(zip(run.a[:, 0].tolist(), run.b[:, 0].tolist(), strict=True)) for run in (one, other)]
    assert partner[0] != partner[1]


def test_permuted_labels_leave_the_text_alone():
    kept, permuted = draw(4, PLAIN), draw(4, PLAIN | {"labels": "permuted"})
    np.testing.assert_array_equal(telling.write(kept).tokens, telling.write(permuted).tokens)
    assert kept.answer.tolist() == list(range(10))
    assert permuted.answer.tolist() != kept.answer.tolist()


def test_permuted_labels_hit_the_truth_as_often_as_guessing():
    """One of N on average: the mean over seeds of the fixed points of a uniform permutation is 1."""
    fixed = [(draw(seed, PLAIN | {"labels": "permuted"}).answer == np.arange(10)).sum() for seed in range(400)]
    assert abs(np.mean(fixed) - 1) < 4 / np.sqrt(400)


@pytest.mark.parametrize("layout", ["adjacent", "with_relation"])
def test_a_block_comes_back_from_its_tables_as_it_was_drawn(tmp_path, layout):
    data = PLAIN | {"layout": {"kind": layout}, "other_pairs": 4 if layout == "with_relation" else 0}
    pairs_path, sentences_path = tmp_path / "pairs.parquet", tmp_path / "sentences.parquet"
    generate(data, (3, 4, 5), pairs_path, sentences_path)
    back = read_pairs(pairs_path, (4, 5))
    assert sorted(back) == [4, 5]
    drawn = draw(4, data)
    for name in ("a", "b", "a_type", "answer", "relation", "inverse", "both_ways", "c", "told"):
        np.testing.assert_array_equal(getattr(back[4], name), getattr(drawn, name))
    assert back[4].other == drawn.other
    np.testing.assert_array_equal(read_sentences(sentences_path, (5, 4))[1], telling.write(drawn).tokens)


def test_a_run_has_the_same_text_in_every_block(tmp_path):
    for seeds in ((7,), (6, 7, 8)):
        folder = tmp_path / str(len(seeds))
        generate(PLAIN, seeds, folder / "pairs.parquet", folder / "sentences.parquet")
    alone, block = (read_sentences(tmp_path / name / "sentences.parquet", (7,)) for name in ("1", "3"))
    np.testing.assert_array_equal(alone, block)
