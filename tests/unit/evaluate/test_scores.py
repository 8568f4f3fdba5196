"""S_fwd and S_rev against what positions alone imply (SCIENCE, "The null is not zero")."""

import numpy as np
import pytest

from reversal.evaluate.scores import conditional, covariance, references, scores
from reversal.models.position import Position
from tests.runs import CPU, cell, form, pairs, trained


def measured(position, distance=2, steps=40, **model):
    of = cell({"model": {"position": position, **model}}, {"pairs": 20}, steps=steps)
    built, checkpoints, _ = trained(of, (1, 2))
    drawn = pairs(of, (1, 2))
    return built, [scores(built, made.parameters, drawn, of.data, form(of), distance, CPU) for made in checkpoints]


def pearson(one, other):
    """Over the pairs, (S, N, H) → (S, H)."""
    one, other = (side.astype(float) - side.mean(1, keepdims=True) for side in (one, other))
    return (one * other).sum(1) / np.sqrt((one**2).sum(1) * (other**2).sum(1))


@pytest.mark.parametrize("distance", [2, 3])
@pytest.mark.parametrize("position", [{"kind": "rope", "base": 100}, {"kind": "rope", "angle": 0.4}])
def test_the_conditional_reference_is_exact_in_the_first_layer(position, distance):
    model, checkpoints = measured(position, distance)
    for found in checkpoints:
        expected = references(model, found, distance, word_size=1)["conditional"]
        np.testing.assert_allclose(pearson(found.forward[0], found.backward[0]), expected, atol=1e-6)


def test_the_conditional_formula_on_its_own_keys_is_the_correlation():
    rng = np.random.default_rng(5)
    angles, distance = np.array([0.9, 0.2]), 3
    query, keys = rng.normal(size=(1, 1, 4)), rng.normal(size=(1, 50, 1, 4))

    def turned(x, by):
        cos, sin = np.cos(by * angles), np.sin(by * angles)
        return np.concatenate([x[..., :2] * cos - x[..., 2:] * sin, x[..., :2] * sin + x[..., 2:] * cos], -1)

    forward = np.einsum("shd,snhd->snh", query, turned(keys, distance))
    backward = np.einsum("shd,snhd->snh", turned(query, distance), keys)
    np.testing.assert_allclose(
        conditional(query, covariance(keys), angles, distance), pearson(forward, backward), atol=1e-12
    )


@pytest.mark.parametrize("kind", ["none", "t5", "alibi", "alibi_signed"])
def test_some_positions_make_the_scores_identical(kind):
    model, checkpoints = measured({"kind": kind})
    for found in checkpoints:
        np.testing.assert_array_equal(found.forward[0], found.backward[0])
        assert (references(model, found, 2, word_size=1)["identical"] == 1).all()


def test_an_encoding_that_turns_in_its_own_way_has_no_reference():
    """RoPE's formulas are RoPE's; what is not known is left out, not told wrongly."""

    class Mirrored(Position):
        def turned(self, x, positions):
            return x.flip(-1)

    model, checkpoints = measured({"kind": "none"})
    model.position = Mirrored({}, model.position.width, model.position.heads)
    assert references(model, checkpoints[0], 2, word_size=1) == {}


@pytest.mark.parametrize(("angle", "expected"), [(0.0, 1), (np.pi / 2, 1), (np.pi / 4, -1)])
def test_one_angle_gives_plus_and_minus_one_exactly(angle, expected):
    _, checkpoints = measured({"kind": "rope", "angle": angle}, distance=2, steps=6)
    np.testing.assert_allclose(pearson(checkpoints[0].forward[0], checkpoints[0].backward[0]), expected, atol=1e-5)


def test_weights_are_what_the_softmax_leaves_for_b():
    _, checkpoints = measured({"kind": "rope"}, steps=6)
    found = checkpoints[0]
    assert found.weight_forward.shape == found.forward.shape
    assert (found.weight_forward > 0).all()
    assert (found.weight_forward < 1).all()


def test_in_any_order_scores_are_read_between_the_mask_and_b():
    """The mask is read last and stands where A stood: the reference holds there and nowhere else, and B weighs in."""
    change = {"model": {"attention": "causal", "position": {"kind": "rope"}}, "objective": {"kind": "any_order"}}
    of = cell(change, {"pairs": 20}, steps=40)
    model, checkpoints, _ = trained(of, (1, 2))
    for made in checkpoints:
        found = scores(model, made.parameters, pairs(of, (1, 2)), of.data, form(of), 2, CPU)
        expected = references(model, found, 2, word_size=1)["conditional"]
        np.testing.assert_allclose(pearson(found.forward[0], found.backward[0]), expected, atol=1e-6)
        assert (found.weight_forward > 0).all()
        assert (found.weight_backward > 0).all()


def test_a_causal_mask_that_stands_first_cannot_see_b():
    of = cell({"model": {"attention": "causal"}}, {"pairs": 20}, steps=6)
    model, checkpoints, _ = trained(of, (1,))
    found = scores(model, checkpoints[0].parameters, pairs(of, (1,)), of.data, form(of), 2, CPU)
    assert (found.weight_forward == 0).all()
    assert (found.weight_backward > 0).all()


def test_further_layers_are_measured_too():
    _, checkpoints = measured({"kind": "rope"}, steps=6, layers=2, mlp=True)
    assert checkpoints[0].forward.shape == (2, 2, 20, 2)
    assert not np.allclose(checkpoints[0].forward[0], checkpoints[0].forward[1])
