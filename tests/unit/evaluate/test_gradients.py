"""Gradients of L_src and L_rev against autograd and against steps really taken."""

import numpy as np
import pytest
import torch

from reversal.data import queries
from reversal.evaluate.gradients import align, groups, loss
from tests.runs import CPU, cell, form, pairs, trained


@pytest.fixture(scope="module")
def aligned():
    of = cell({"model": {"layers": 2, "mlp": True, "tied": False}}, steps=20)
    model, checkpoints, _ = trained(of, (1, 2))
    drawn = pairs(of, (1, 2))
    forward = queries.source(drawn, of.data, form(of))
    backward = queries.reverse(drawn, of.data, form(of), "same")
    made = checkpoints[1]
    return model, made, forward, backward, align(model, made.parameters, made.update, forward, backward, 4, CPU)


def flat_gradient(model, parameters, query, seed, pair=None):
    """One seed's gradient in double precision, of all pairs or of one, straight from autograd."""
    alone = {name: value[seed : seed + 1].double().requires_grad_() for name, value in parameters.items()}
    fields = {}
    for name in ("tokens", "positions", "answers", "given", "trained"):
        rows = getattr(query, name)[seed : seed + 1]
        fields[name] = rows if pair is None else rows[:, pair : pair + 1]
    value = loss(model, alone, query._replace(**fields), CPU).sum()
    return torch.cat([slope.flatten() for slope in torch.autograd.grad(value, list(alone.values()))]).numpy()


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_cosine_of_each_seed(aligned):
    model, made, forward, backward, (found, _) = aligned
    assert found[0].group == "all"
    for seed in (0, 1):
        slopes = [flat_gradient(model, made.parameters, query, seed) for query in (forward, backward)]
        assert found[0].cosine[seed] == pytest.approx(cosine(*slopes), abs=1e-9)


def test_matched_and_mismatched_facts(aligned):
    model, made, forward, backward, (found, _) = aligned
    one, other = (
        [flat_gradient(model, made.parameters, query, 1, pair) for pair in range(4)] for query in (forward, backward)
    )
    table = np.array([[cosine(a, b) for b in other] for a in one])
    assert found[0].matched[1] == pytest.approx(np.diag(table).mean(), abs=1e-9)
    off = table[~np.eye(4, dtype=bool)]
    assert found[0].mismatched[1] == pytest.approx(off.mean(), abs=1e-9)


def test_every_parameter_has_one_group(aligned):
    model, made, *_ = aligned
    found = groups(model, made.parameters)
    named = [name for group, names in found.items() if group != "all" for name in names]
    assert sorted(named) == sorted(made.parameters)
    assert {"embedding", "query_key", "value_output", "mlp", "unembedding", "norm"} <= found.keys()


def test_first_order_predictions_hold_for_a_small_step(aligned):
    *_, (_, first_order) = aligned
    np.testing.assert_allclose(first_order.measured_forward, first_order.predicted_forward, rtol=0.05)
    scale = np.abs(first_order.predicted_forward)
    np.testing.assert_allclose(first_order.measured_rev / scale, first_order.predicted_rev / scale, atol=0.05)


def test_the_plain_step_is_predicted_to_take_off_a_thousandth(aligned):
    model, made, forward, _, (_, first_order) = aligned
    double = {name: value.double() for name, value in made.parameters.items()}
    np.testing.assert_allclose(
        first_order.predicted_forward, -1e-3 * loss(model, double, forward, CPU).numpy(), rtol=1e-9
    )


def test_the_optimisers_step_is_measured_as_it_was_taken(aligned):
    model, made, _, backward, (_, first_order) = aligned
    before = {name: value.double() for name, value in made.parameters.items()}
    after = {name: value + made.update[name].double() for name, value in before.items()}
    change = loss(model, after, backward, CPU) - loss(model, before, backward, CPU)
    np.testing.assert_allclose(first_order.optimiser_measured_rev, change.numpy(), atol=1e-9)
