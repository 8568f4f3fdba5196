"""P1's bilinear model: with orthonormal embeddings nothing is learnt about the way back."""

import math

import numpy as np
import pytest
import torch

from reversal import registry, validation
from reversal.models.model import build
from reversal.train.batch import Text

PAIRS = 6
VOCABULARY = 2 * PAIRS
SEEDS = [0, 5]


def model_of(**changes: object):
    node = validation.definition("cell")["properties"]["model"]
    settings = validation.fill(node, {"kind": "bilinear", "width": 16, **changes})
    validation.check(node, settings, "model")
    return build(settings, VOCABULARY, 2)


def words() -> Text:
    """A sentence a pair, `A B`: token n and token N + n, for both seeds alike."""
    tokens = np.stack([np.arange(PAIRS), np.arange(PAIRS) + PAIRS], axis=-1)
    return Text(np.stack([tokens] * 2), np.tile([0, 1], (2, PAIRS, 1)), 1, VOCABULARY)


def logits_after(model, parameters, tokens) -> torch.Tensor:
    """Scores of all tokens after each of `tokens`, (S, M, V)."""
    tokens = torch.as_tensor(tokens).expand(len(SEEDS), -1).unsqueeze(-1)
    rows = torch.arange(tokens.shape[1]).expand(len(SEEDS), -1)
    return model.logits(parameters, tokens, torch.zeros_like(tokens), rows)


def trained(model, steps: int = 300, rate: float = 20.0):
    """Plain gradient descent on the last entity, in float64."""
    parameters = {name: value.double() for name, value in model.initial(SEEDS).items()}
    objective = registry.load("train.objectives", "next_token")
    tokens, positions, rows, targets, weights = map(
        torch.as_tensor, objective.batch(words(), [], {"loss": "last_entity"})
    )
    for _ in range(steps):
        theta = parameters["theta"].requires_grad_()
        logits = model.logits(parameters, tokens, positions, rows)
        nll = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
        (gradient,) = torch.autograd.grad((nll * weights.flatten()).sum(), theta)
        parameters["theta"] = (theta - rate * gradient).detach()
    return parameters


def test_the_logit_is_the_bilinear_form():
    model = model_of(initial_scale=1.0)
    parameters = model.initial(SEEDS)
    embedding, theta = parameters["embedding"].numpy(), parameters["theta"].numpy()
    found = logits_after(model, parameters, [3, 8]).numpy()
    for seed, place, answer in np.ndindex(2, 2, VOCABULARY):
        expected = embedding[seed, [3, 8][place]] @ theta[seed] @ embedding[seed, answer]
        assert found[seed, place, answer] == pytest.approx(expected, abs=1e-5)


def test_orthonormal_embeddings_are_orthonormal_and_gaussian_ones_are_nearly():
    exact = model_of(embedding="orthonormal").initial(SEEDS)["embedding"]
    torch.testing.assert_close(
        exact @ exact.transpose(1, 2), torch.eye(VOCABULARY).expand(2, -1, -1), atol=1e-6, rtol=0
    )
    loose = model_of(width=4096).initial(SEEDS)["embedding"]
    norms = loose.square().sum(-1)
    assert (norms - 1).abs().max() < 5 * math.sqrt(2 / 4096)


def test_with_orthonormal_embeddings_the_way_back_is_never_learnt():
    model = model_of(embedding="orthonormal")
    parameters = trained(model)
    a, b = np.arange(PAIRS), np.arange(PAIRS) + PAIRS
    there, back = logits_after(model, parameters, a), logits_after(model, parameters, b)
    assert there.softmax(-1)[:, a, b].min() > 0.95
    assert back.abs().max() < 1e-6
    nll = -back.log_softmax(-1)[:, a, a]
    torch.testing.assert_close(nll, torch.full_like(nll, math.log(VOCABULARY)), atol=1e-6, rtol=0)


def test_with_gaussian_embeddings_the_way_back_is_noise_that_falls_with_the_width():
    spread = []
    for width in (16, 256):
        model = model_of(width=width)
        back = logits_after(model, trained(model), np.arange(PAIRS) + PAIRS)
        spread.append(back.std().item())
    assert spread[0] > 2 * spread[1] > 0  # a factor of four in expectation


def test_only_theta_is_trained_and_what_stands_before_is_not_seen():
    model = model_of(initial_scale=1.0)
    assert model.frozen == {"embedding"}
    parameters = model.initial([0])
    rows, places = torch.tensor([[1]]), torch.zeros(1, 1, 2, dtype=torch.long)
    one, other = (model.logits(parameters, torch.tensor([[[before, 3]]]), places, rows) for before in (1, 2))
    assert torch.equal(one, other)


def test_a_seed_starts_alike_in_any_stack():
    for embedding in ("orthonormal", "gaussian"):
        model = model_of(embedding=embedding, initial_scale=0.5)
        stack, alone = model.initial([8, 1, 5]), model.initial([5])
        assert all(torch.equal(stack[name][2:], alone[name]) for name in alone)
