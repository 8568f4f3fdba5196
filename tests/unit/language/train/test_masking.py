"""Masks of texts of unequal length: even over the batch, uniform in each text, whole units, never a special token."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reversal.language.train.masking import of_size, spread
from reversal.randomness import stream


@given(st.integers(1, 100), st.integers(0, 1000))
def test_every_part_of_the_interval_has_one_number(texts, seed):
    drawn = spread(stream(seed), texts)
    assert sorted(np.floor(drawn * texts).astype(int).tolist()) == list(range(texts))
    assert (drawn < 1).all()


def test_a_text_s_own_number_is_uniform():
    draw = stream(4)
    for text in np.array([spread(draw, 7) for _ in range(5000)]).T:
        assert stats.kstest(text, "uniform").pvalue > 1e-4


@given(st.data())
def test_a_mask_hides_as_many_units_as_it_should_and_all_of_each(data):
    texts = data.draw(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=6), min_size=1, max_size=8))
    sizes = np.array([data.draw(st.integers(1, len(text))) for text in texts])
    longest = 1 + max(map(sum, texts))
    units = np.full((len(texts), longest), -1)
    for row, text in enumerate(texts):
        units[row, 1 : 1 + sum(text)] = np.repeat(np.arange(len(text)), text)
    counts = np.array([len(text) for text in texts])
    mask = of_size(stream(data.draw(st.integers(0, 1000))), units, counts, sizes)
    assert not mask[units == -1].any()
    for row, size in enumerate(sizes):
        found = {unit: set(mask[row, units[row] == unit].tolist()) for unit in range(counts[row])}
        assert all(len(said) == 1 for said in found.values())
        assert sum(said == {True} for said in found.values()) == size


@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_sets_of_a_size_are_as_likely_in_a_short_text_beside_a_long_one(size):
    batch = 40_000
    units = np.tile([[-1, 0, 1, 2, 3, -1, -1], [-1, 0, 1, 2, 3, 4, 5]], (batch, 1))
    mask = of_size(stream(5), units, np.tile([4, 6], batch), np.full(2 * batch, size))
    for start, count in ((0, 4), (1, 6)):
        codes = mask[start::2, 1 : 1 + count] @ (1 << np.arange(count))
        sets = [sum(1 << place for place in chosen) for chosen in itertools.combinations(range(count), size)]
        counts = np.bincount(codes, minlength=1 << count)
        assert counts[sets].sum() == batch
        assert stats.chisquare(counts[sets]).pvalue > 1e-4
