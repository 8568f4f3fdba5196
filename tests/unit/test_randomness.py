"""Named streams: the name and the seed decide the numbers, nothing else does, and no two names share them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reversal.randomness import stream

seeds = st.integers(0, 2**31 - 1)
names = st.lists(st.text(min_size=1, max_size=8) | st.integers(0, 2**31 - 1), max_size=3).map(tuple)  # "" would be 0
keys = st.tuples(seeds, names)


def draws(seed: int, *words: str | int) -> list[int]:
    return stream(seed, *words).integers(0, 2**62, size=4).tolist()


@given(keys)
def test_a_name_gives_the_same_numbers_whenever_it_is_asked(key):
    seed, words = key
    first = draws(seed, *words)
    stream(seed + 1, *words).random(7)
    assert draws(seed, *words) == first


@given(keys, keys)
def test_other_seeds_and_words_give_other_numbers(one, other):
    if one != other:
        assert draws(one[0], *one[1]) != draws(other[0], *other[1])


def test_a_trailing_zero_is_a_word():
    """NumPy pads short seed sequences with zeros, so that step 0 of a stream could be the stream itself."""
    assert draws(5, "masks") != draws(5, "masks", 0)
    assert draws(5, 7) != draws(5, 7, 0)


def test_order_of_words_counts():
    assert draws(1, "a", "b") != draws(1, "b", "a")


def test_streams_of_neighbouring_seeds_are_unrelated():
    samples = np.stack([stream(seed, "masks", 0).standard_normal(10_000) for seed in range(20)])
    correlations = np.corrcoef(samples)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(10_000)
    assert abs(samples.mean()) < 4 / np.sqrt(samples.size)
