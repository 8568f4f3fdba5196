"""Attention held to a computation by hand, one number at a time."""

import numpy as np
import pytest
import torch

from reversal.models.attention import SHORT, attend, observe, project, split

# Two seeds, two sentences, three tokens, two heads of width two.
S, B, L, H, D = 2, 2, 3, 2, 2


def draws(*shape: int, salt: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng([7, salt]).standard_normal(shape))


def by_hand(query, key, value, bias, causal):
    """The definition: every score, every weight and every mixed number in a loop of its own."""
    length = query.shape[2]
    scores, weights = np.zeros((S, B, H, length, length)), np.zeros((S, B, H, length, length))
    mixed = np.zeros((S, B, length, H, D))
    for s, b, h, i in np.ndindex(S, B, H, length):
        for j in range(length):
            scores[s, b, h, i, j] = sum(query[s, b, i, h, m] * key[s, b, j, h, m] for m in range(D)) / D**0.5
        seen = [j for j in range(length) if j <= i or not causal]
        biased = {j: scores[s, b, h, i, j] + (0 if bias is None else bias[s, b, h, i, j]) for j in seen}
        whole = sum(np.exp(score) for score in biased.values())
        for j in seen:
            weights[s, b, h, i, j] = np.exp(biased[j]) / whole
            for m in range(D):
                mixed[s, b, i, h, m] += weights[s, b, h, i, j] * value[s, b, j, h, m]
    return scores, weights, mixed


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("length", [2, SHORT, SHORT + 1, 6])
def test_attention_is_the_definition(length, biased, causal):
    query, key, value = (draws(S, B, length, H, D, salt=salt) for salt in range(3))
    bias = draws(S, B, H, length, length, salt=3) if biased else None
    numbers = [x.numpy() for x in (query, key, value)]
    scores, weights, mixed = by_hand(*numbers, None if bias is None else bias.numpy(), causal)
    found_scores, found_weights = observe(query, key, bias, causal)
    np.testing.assert_allclose(found_scores, scores, atol=1e-12)
    np.testing.assert_allclose(found_weights, weights, atol=1e-12)
    np.testing.assert_allclose(attend(query, key, value, bias, causal), mixed, atol=1e-12)


def test_one_number_worked_out_on_paper():
    """One head of width 1; q = 1, keys 0 and ln 3: weights 1/4 and 3/4, values 4 and 8 mix to 7."""
    query = torch.ones(1, 1, 2, 1, 1, dtype=torch.float64)
    key = torch.tensor([0.0, np.log(3)], dtype=torch.float64).view(1, 1, 2, 1, 1)
    value = torch.tensor([4.0, 8.0], dtype=torch.float64).view(1, 1, 2, 1, 1)
    _, weights = observe(query, key, None, causal=False)
    torch.testing.assert_close(weights[0, 0, 0, 0], torch.tensor([0.25, 0.75], dtype=torch.float64))
    assert attend(query, key, value, None, causal=False).flatten().tolist() == pytest.approx([7, 7])
    assert attend(query, key, value, None, causal=True).flatten().tolist() == pytest.approx([4, 7])


def test_shared_weights_project_every_place_alike():
    x, weight = draws(S, B, L, 4), draws(S, 4, 6, salt=1)
    places = torch.arange(L).expand(S, B, L)
    expected = np.einsum("sbld,sde->sble", x, weight)
    np.testing.assert_allclose(project(x, weight, places), expected, atol=1e-12)


def test_weights_by_position_project_a_place_with_its_own():
    x, weight = draws(S, B, L, 4), draws(S, 5, 4, 6, salt=1)
    places = torch.tensor([4, 0, 2]).expand(S, B, L)
    expected = np.einsum("sbld,slde->sble", x, weight[:, [4, 0, 2]])
    np.testing.assert_allclose(project(x, weight, places), expected, atol=1e-12)


def test_weights_by_position_follow_every_sentences_own_positions():
    x, weight = draws(S, B, L, 4), draws(S, 5, 4, 6, salt=1)
    places = torch.tensor([[[4, 0, 2], [0, 1, 2]], [[2, 0, 4], [3, 3, 1]]])
    expected = np.empty((S, B, L, 6))
    for s, b, i in np.ndindex(S, B, L):
        expected[s, b, i] = x[s, b, i].numpy() @ weight[s, places[s, b, i]].numpy()
    np.testing.assert_allclose(project(x, weight, places), expected, atol=1e-12)


@pytest.mark.parametrize(("sentences", "width"), [(1, 4), (7, 32), (125, 64)])
def test_positions_of_ones_own_change_no_bit_of_the_others(sentences, width):
    """Two seeds that share their positions, alone and stacked with a third that does not: values and gradients."""
    generator = torch.Generator().manual_seed(3)
    x, weight, slope = (
        torch.randn(shape, generator=generator)
        for shape in ((3, sentences, L, width), (3, 4, width, width), (3, sentences, L, width))
    )
    places = torch.tensor([2, 0, 1]).repeat(3, sentences, 1)
    places[2, -1] = torch.tensor([3, 1, 2])
    results = []
    for part in (slice(0, 2), slice(0, 3)):
        leaves = [tensor[part].clone().requires_grad_() for tensor in (x, weight)]
        found = project(*leaves, places[part])
        results.append([found, *torch.autograd.grad(found, leaves, slope[part])])
    for alone, stacked in zip(*results, strict=True):
        assert torch.equal(alone, stacked[:2])


def test_heads_are_consecutive_slices():
    x = torch.arange(6.0).view(1, 1, 1, 6)
    assert split(x, 3)[0, 0, 0].tolist() == [[0, 1], [2, 3], [4, 5]]
