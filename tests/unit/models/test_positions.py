"""Position encodings: what they do to scores, and the correlation of S_fwd and S_rev that they imply before training."""

import functools
import math

import numpy as np
import pytest
import torch

from reversal import registry, validation
from reversal.models.position import offsets
from reversal.models.positions import rope
from reversal.models.positions.alibi import slopes
from reversal.models.positions.t5 import bucket

HEAD = 64
DRAWS = 100_000


def encoding(kind: str, width: int = HEAD, heads: int = 1, **settings: float):
    node = validation.definition("cell")["properties"]["model"]
    node = node["allOf"][list(registry.names("models.architectures")).index("transformer")]["then"]["properties"]
    filled = validation.fill(node["position"], {"kind": kind, **settings})
    validation.check(node["position"], filled, "position")
    return registry.load("models.positions", kind).Encoding(filled, width, heads)


@functools.cache
def isotropic() -> tuple[torch.Tensor, torch.Tensor]:
    """A query and a key a draw, as (1, B, 1, 1, D)."""
    numbers = np.random.default_rng(2405_04669).standard_normal((2, 1, DRAWS, 1, 1, HEAD))
    return tuple(torch.from_numpy(numbers))


def scores(position, query_at: int, key_at: int) -> np.ndarray:
    """q·k / √d of every draw with the query and the key at two places."""
    query, key = isotropic()
    turned = [position.turned(x, torch.full((1, 1, 1), at)) for x, at in ((query, query_at), (key, key_at))]
    return (turned[0] * turned[1]).sum(-1).flatten().numpy() / math.sqrt(HEAD)


def within(sample: np.ndarray, expected: float) -> bool:
    """Is the expected value within four standard errors of the sample's mean?"""
    return abs(sample.mean() - expected) < 4 * sample.std(ddof=1) / math.sqrt(len(sample))


@pytest.mark.parametrize("base", [100, 10_000, 500_000])
@pytest.mark.parametrize("distance", [1, 2, 3, 8])
def test_rope_correlates_the_two_directions_as_the_formula_says(base, distance):
    """Mask before B: query at i, key at i + Δ. Mask after B: the other way round. Scores of isotropic q and k vary by 1."""
    position = encoding("rope", base=base)
    forward, backward = scores(position, 5, 5 + distance), scores(position, 5 + distance, 5)
    expected = (2 / HEAD) * sum(math.cos(2 * distance * base ** (-2 * m / HEAD)) for m in range(HEAD // 2))
    assert within(forward * backward, expected)
    assert within(forward**2, 1)
    assert within(backward**2, 1)
    assert rope.expected_correlation(position.settings, HEAD, distance) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("head_width", "distance", "expected"), [(64, 1, 0.884), (64, 2, 0.748), (64, 8, 0.605), (16, 2, 0.695)]
)
def test_the_formula_gives_the_numbers_of_the_plan(head_width, distance, expected):
    settings = {"base": 10_000, "angle": None}
    assert rope.expected_correlation(settings, head_width, distance) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("distance", [1, 2, 5])
@pytest.mark.parametrize(("share", "sign"), [(0, 1), (1 / 2, -1), (1, 1), (-1 / 2, -1)])
def test_one_angle_ties_the_directions_exactly_where_its_cosine_is_plus_or_minus_one(distance, share, sign):
    """θ = share · π/Δ: the two directions differ by a turn of 2Δθ, a whole or a half circle."""
    position = encoding("rope", angle=share * math.pi / distance)
    forward, backward = scores(position, 0, distance), scores(position, distance, 0)
    np.testing.assert_allclose(backward, sign * forward, atol=1e-12)
    assert rope.expected_correlation(position.settings, HEAD, distance) == pytest.approx(sign, abs=1e-12)


@pytest.mark.parametrize("distance", [1, 2, 4])
@pytest.mark.parametrize("angle", [math.pi / 16, math.pi / 8, 1.0])
def test_one_angle_gives_the_cosine_in_expectation_between(angle, distance):
    position = encoding("rope", angle=angle)
    forward, backward = scores(position, 0, distance), scores(position, distance, 0)
    assert within(forward * backward, math.cos(2 * distance * angle))
    assert rope.expected_correlation(position.settings, HEAD, distance) == pytest.approx(math.cos(2 * distance * angle))


def test_rope_depends_on_the_distance_alone():
    position = encoding("rope")
    np.testing.assert_allclose(scores(position, 3, 7), scores(position, 103, 107), atol=1e-9)


def test_rope_keeps_lengths():
    query, _ = isotropic()
    turned = encoding("rope").turned(query, torch.full((1, 1, 1), 11))
    torch.testing.assert_close(turned.norm(dim=-1), query.norm(dim=-1))


def test_rope_turns_a_pair_by_position_times_frequency():
    """Width 4: coordinates 0 and 2 by 1 rad a position, 1 and 3 by 1/100."""
    position = encoding("rope", width=4)
    x = torch.tensor([1.0, 1, 0, 0], dtype=torch.float64).view(1, 1, 1, 1, 4)
    turned = position.turned(x, torch.full((1, 1, 1), 3)).flatten().tolist()
    assert turned == pytest.approx([math.cos(3), math.cos(0.03), math.sin(3), math.sin(0.03)])


PLACES = torch.tensor([[[0, 1, 2, 5]]])


def test_the_gradient_of_turning_is_turning_back():
    position = encoding("rope", width=8, heads=2)
    places = torch.tensor([[[0, 3, 7]]])
    x = torch.randn(1, 1, 3, 2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.autograd.gradcheck(lambda asked: position.turned(asked, places), x)


def test_every_call_turns_by_its_own_positions():
    """Though the angles of the last call are kept."""
    position, x = encoding("rope"), torch.ones(1, 1, 1, 1, HEAD)
    first, second = (torch.full((1, 1, 1), place) for place in (1, 2))
    for places, kind in ((first, torch.float32), (second, torch.float32), (first, torch.float64)):
        asked = x.to(kind)
        assert torch.equal(position.turned(asked, places), encoding("rope").turned(asked, places))
        assert position.turned(asked, places).dtype == kind


def test_alibi_falls_with_the_distance_on_both_sides():
    position = encoding("alibi", heads=4)
    bias = position.bias({}, PLACES)
    assert bias.shape == (1, 1, 4, 4, 4)
    assert slopes(4, PLACES.device).flatten().tolist() == [2**-2, 2**-4, 2**-6, 2**-8]
    torch.testing.assert_close(bias, bias.transpose(-1, -2))
    assert bias[0, 0, 1, 0].tolist() == [0, -1 / 16, -2 / 16, -5 / 16]


def test_signed_alibi_takes_sides_head_by_head():
    bias = encoding("alibi_signed", heads=2).bias({}, PLACES)
    assert bias[0, 0, 0, 1].tolist() == [1 / 16, 0, -1 / 16, -4 / 16]
    assert bias[0, 0, 1, 1].tolist() == [-1 / 256, 0, 1 / 256, 4 / 256]


def test_t5_buckets_are_single_while_near_then_widen_and_keep_sides_apart():
    """32 buckets: 16 a side, 8 of them for the distances 0 … 7, the rest logarithmic up to 128."""
    found = bucket(torch.arange(-300, 301), 32, 128)
    left, right = found[:301].flip(0), found[300:]
    assert left[:8].tolist() == list(range(8))
    assert right[1:8].tolist() == list(range(17, 24))
    assert (right[1:] - left[1:] == 16).all()
    assert (left.diff() >= 0).all()
    assert (left.diff() <= 1).all()
    assert left[[11, 12, 128, 300]].tolist() == [8, 9, 15, 15]
    assert found.min() == 0
    assert found.max() == 31


@pytest.mark.parametrize("buckets", [4, 5, 33])
def test_t5_stays_within_its_table(buckets):
    found = bucket(torch.arange(-5000, 5001), buckets, 4)
    assert found.min() >= 0
    assert found.max() < buckets


def test_t5_looks_its_bias_up_by_offset_and_head():
    position = encoding("t5", heads=3, buckets=8)
    table = torch.arange(24.0).view(1, 8, 3)
    bias = position.bias({"position": table}, PLACES)
    index = bucket(offsets(PLACES), 8, 128)
    for head, i, j in np.ndindex(3, 4, 4):
        assert bias[0, 0, head, i, j] == table[0, index[0, 0, i, j], head]


def test_learned_positions_are_rows_of_each_seeds_own_table():
    position = encoding("learned", width=2, length=6)
    table = torch.arange(24.0).view(2, 6, 2)
    added = position.added({"position": table}, PLACES.expand(2, 1, 4))
    assert added[0, 0].tolist() == table[0, [0, 1, 2, 5]].tolist()
    assert added[1, 0].tolist() == table[1, [0, 1, 2, 5]].tolist()


def test_the_scale_of_learned_positions_is_that_over_the_embeddings():
    assert encoding("learned", width=64, scale=3).shapes()["position"] == ((32, 64), 3 / 8)


def test_sinusoidal_positions_have_the_length_of_an_embedding_and_a_product_by_distance():
    waves = encoding("sinusoidal", width=64).added({}, torch.arange(20).view(1, 1, 20))[0, 0].double()
    torch.testing.assert_close(waves.norm(dim=-1), torch.ones(20, dtype=torch.float64), atol=1e-5, rtol=0)
    products = waves @ waves.T
    for distance in (1, 2, 7):
        expected = sum(math.cos(distance * 10_000 ** (-m / 32)) for m in range(32)) / 32
        assert products.diagonal(distance).numpy() == pytest.approx(expected, abs=1e-5)
    assert waves[3, :2].tolist() == pytest.approx([math.sin(3) / 32**0.5, math.cos(3) / 32**0.5], abs=1e-6)


def test_sinusoidal_positions_fit_odd_widths():
    assert encoding("sinusoidal", width=7).added({}, PLACES).shape == (1, 1, 4, 7)


def test_offsets_are_key_minus_query():
    assert offsets(PLACES)[0, 0, 1].tolist() == [-1, 0, 1, 4]
