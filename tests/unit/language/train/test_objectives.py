"""Which tokens are asked with which weights, against the distributions that the objectives are defined by."""

import itertools
from collections import Counter
from math import comb

import numpy as np
import pytest
from scipy import integrate, stats

from reversal import registry
from reversal.language.train.objectives import arm, mdm, mlm
from reversal.language.train.sequences import Sequences
from reversal.randomness import stream
from tests.corpora import OBJECTIVES

BATCHES = 4000


def text(*lengths):
    """Texts of so many units each; a unit is as many tokens as is said."""
    longest = 1 + max(map(sum, lengths))
    units = np.full((len(lengths), longest), -1)
    for row, tokens in enumerate(lengths):
        units[row, 1 : 1 + sum(tokens)] = np.repeat(np.arange(len(tokens)), tokens)
    return Sequences(np.where(units < 0, 0, 10), units)


TEXT = text((1, 1, 1), (1, 1, 1, 1), (1, 1), (1,), (1, 1, 1))
WHOLE = text((2, 1, 3), (1, 1, 2, 1), (2, 2), (5,), (1, 1, 1))


def drawn(objective, of, settings, batches=BATCHES):
    """Weights of many batches, (batches, B, L)."""
    draw = stream(11)
    return np.stack([objective.weights(of, draw, settings) for _ in range(batches)])


def masks_of(weights, row):
    """Every mask of one text that was drawn, as which of its tokens are asked, with how often."""
    return Counter(map(tuple, (weights[:, row, 1:] > 0).tolist()))


def every_mask(count):
    return [mask for mask in itertools.product([False, True], repeat=count) if any(mask)]


def agree(weights, of, row, probabilities):
    """Is each mask of units (of one token each) drawn as often as it should be?"""
    count = of.counts()[row]
    found, pad = masks_of(weights, row), [False] * (of.units.shape[1] - 1 - count)
    observed = np.array([found[(*mask, *pad)] for mask in every_mask(count)])
    assert observed.sum() == len(weights)
    expected = np.array([probabilities(sum(mask)) for mask in every_mask(count)]) * len(weights)
    return len(observed) == 1 or stats.chisquare(observed, expected).pvalue > 1e-4


@pytest.mark.parametrize("row", range(len(TEXT.units)))
def test_mdm_draws_each_mask_as_diffusion_does(row):
    """t ~ U(0, 1), each of m tokens with probability t, and the weight 1/t: k uniform, then each set as likely."""
    weights, count = drawn(mdm, TEXT, {}), TEXT.counts()[row]
    assert agree(weights, TEXT, row, lambda k: 1 / (count * comb(count, k)))


@pytest.mark.parametrize("of", [TEXT, WHOLE], ids=["tokens", "whole entities"])
def test_mdm_weighs_each_mask_as_the_integral_does(of):
    """∫ t^k (1 − t)^(m − k) / t dt / n of a mask of k of m units, over the B texts, by quadrature."""
    batch, lengths = len(of.units), of.lengths()
    for weights in drawn(mdm, of, {}, 50):
        for row, count in enumerate(of.counts()):
            (weight,) = set(weights[row][weights[row] > 0].tolist())
            k = len(set(of.units[row][weights[row] > 0].tolist()))
            integral, _ = integrate.quad(lambda t, k=k, m=count: t ** (k - 1) * (1 - t) ** (m - k), 0, 1)
            probability = 1 / (count * comb(count, k))
            assert probability * weight == pytest.approx(integral / lengths[row] / batch, rel=1e-12)


@pytest.mark.parametrize("objective", [mdm, mlm])
@pytest.mark.parametrize("of", [TEXT, WHOLE], ids=["tokens", "whole entities"])
def test_every_token_weighs_as_much_in_expectation(objective, of):
    """MDM: 1/(n B), whatever the unit; MLM: as much as any other of the batch, all of them 1 together."""
    settings = {"rate": 0.3}
    weights = drawn(objective, of, settings)
    mean, error = weights.mean(0), weights.std(0) / np.sqrt(len(weights))
    lengths, counts = of.lengths(), of.counts()
    if objective is mdm:
        expected = 1 / (lengths * len(counts))
    else:
        hidden = stats.binom(counts, 0.3).mean() / (1 - 0.7**counts)
        expected = hidden / counts / (lengths * hidden / counts).sum()
    expected = expected[:, None] * (of.units >= 0)
    assert (np.abs(mean - expected) <= 4.5 * error + 1e-12).all()
    assert expected.sum() == pytest.approx(1)


@pytest.mark.parametrize("row", range(len(TEXT.units)))
@pytest.mark.parametrize("rate", [0.15, 0.6])
def test_mlm_hides_each_token_with_the_same_probability_given_that_one_is(rate, row):
    weights, count = drawn(mlm, TEXT, {"rate": rate}), TEXT.counts()[row]
    assert agree(weights, TEXT, row, lambda k: rate**k * (1 - rate) ** (count - k) / (1 - (1 - rate) ** count))


@pytest.mark.parametrize("of", [TEXT, WHOLE], ids=["tokens", "whole entities"])
def test_mlm_weighs_every_hidden_token_alike(of):
    """One over how many are hidden in expectation: those of k of m units, k binomial given at least one."""
    counts = of.counts()
    hidden = of.lengths() / counts * stats.binom(counts, 0.3).mean() / (1 - 0.7**counts)
    weights = drawn(mlm, of, {"rate": 0.3}, 50)
    np.testing.assert_allclose(weights[weights > 0], 1 / hidden.sum(), rtol=1e-12)


@pytest.mark.parametrize("objective", [mdm, mlm])
def test_entities_are_asked_whole_or_not_at_all(objective):
    for weights in drawn(objective, WHOLE, {"rate": 0.5}, 200):
        for row, units in enumerate(WHOLE.units):
            for unit in range(units.max() + 1):
                assert len(set(weights[row, units == unit].tolist())) == 1


def test_sizes_are_spread_over_a_batch_of_equal_texts():
    """Of 64 texts of 4 tokens, 16 hide each number of tokens, in every batch."""
    of = text(*[(1, 1, 1, 1)] * 64)
    for weights in drawn(mdm, of, {}, 20):
        assert np.bincount((weights > 0).sum(1)).tolist() == [0, 16, 16, 16, 16]


def test_the_arm_asks_every_token_once():
    weights = arm.weights(TEXT, stream(0), {})
    for row, length in enumerate(TEXT.lengths()):
        assert weights[row, 0] == 0
        np.testing.assert_allclose(weights[row, 1 : 1 + length], 1 / (length * len(weights)))
        assert (weights[row, 1 + length :] == 0).all()


@pytest.mark.parametrize("settings", OBJECTIVES.values(), ids=OBJECTIVES)
def test_no_special_token_is_ever_asked(settings):
    objective = registry.load("language.train.objectives", settings["kind"])
    assert (drawn(objective, WHOLE, settings, 300)[:, WHOLE.units < 0] == 0).all()


def test_objectives_and_the_models_that_they_train_say_what_they_must():
    attention = {
        name: registry.literals("language.train.architectures", name)["ATTENTION"]
        for name in registry.names("language.train.architectures")
    }
    for name in registry.names("language.train.objectives"):
        said = registry.literals("language.train.objectives", name)
        assert set(said["TRAINED"]) <= {"source", "target"}
        assert set(said["ATTENTION"]) <= set(attention.values())
        assert said["FAMILY"] in ("ARM", "MDM", "MLM")
