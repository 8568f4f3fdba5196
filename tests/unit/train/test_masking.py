"""Random masks: sizes in their proportions, places uniform, weights that leave expectations alone."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from reversal.randomness import stream
from reversal.train.masking import dealt, of_size, sampled, stratified
from reversal.train.objectives.mlm import sizes


@st.composite
def distributions(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Probabilities of the sizes 1 … L, and a number of sentences that is no smaller."""
    weights = np.array(draw(st.lists(st.floats(0, 1), min_size=1, max_size=9)))
    assume(weights.sum() > 1e-3)
    return weights / weights.sum(), draw(st.integers(len(weights), 200))


@given(distributions())
def test_sizes_are_dealt_to_all_sentences_each_once_at_least_and_in_proportion(case):
    probabilities, sentences = case
    counts = dealt(probabilities, sentences)
    assert counts.sum() == sentences
    assert counts.min() >= 1
    share = probabilities * (sentences - len(probabilities))
    assert (np.abs(counts - 1 - share) < 1).all()


@given(distributions(), st.integers(0, 1000))
def test_stratified_importance_puts_every_size_back_to_its_probability(case, seed):
    probabilities, sentences = case
    size, importance = stratified([stream(seed), stream(seed + 1)], probabilities, sentences)
    assert size.shape == importance.shape == (2, sentences)
    for row, weight in zip(size, importance, strict=True):
        found = np.bincount(row, weights=weight, minlength=len(probabilities) + 1)[1:]
        np.testing.assert_allclose(found / sentences, probabilities, atol=1e-12)


def test_stratified_sizes_fall_on_every_sentence_alike():
    size, _ = stratified([stream(3)] * 6000, np.full(3, 1 / 3), 9)
    for k in (1, 2, 3):
        share = (size == k).mean(0)
        assert np.abs(share - 1 / 3).max() < 4.5 * np.sqrt(2 / 9 / 6000)


def test_sampled_sizes_follow_their_probabilities():
    probabilities = np.array([0.1, 0.2, 0.7])
    size, importance = sampled([stream(0), stream(1)], probabilities, 50_000)
    assert (importance == 1).all()
    for row in size:
        assert stats.chisquare(np.bincount(row)[1:], probabilities * 50_000).pvalue > 1e-4
    assert (size[0] != size[1]).any()


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 1000))
def test_a_mask_hides_as_many_tokens_as_it_should(length, sentences, seed):
    size = stream(seed).integers(0, length + 1, size=(2, sentences))
    mask = of_size([stream(seed), stream(seed + 1)], size, length)
    assert mask.shape == (2, sentences, length)
    assert (mask.sum(-1) == size).all()


def test_all_masks_of_a_size_are_as_likely():
    masks = of_size([stream(5)], np.full((1, 60_000), 2), 4)[0]
    codes = masks @ (1 << np.arange(4))
    pairs = [(1 << i) + (1 << j) for i, j in itertools.combinations(range(4), 2)]
    counts = np.bincount(codes, minlength=16)
    assert counts[pairs].sum() == 60_000
    assert stats.chisquare(counts[pairs]).pvalue > 1e-4


@pytest.mark.parametrize("rate", [0.15, 0.3, 0.9])
@pytest.mark.parametrize("length", [2, 3, 5])
def test_mlm_sizes_are_binomial_given_at_least_one(rate, length):
    binomial = stats.binom(length, rate)
    expected = binomial.pmf(np.arange(1, length + 1)) / (1 - binomial.pmf(0))
    np.testing.assert_allclose(sizes(rate, length), expected, atol=1e-12)
