"""What the calibration simulates: data shaped like the study's, of which the truth is known.

Ten seeds, and 100 pairs in each. `differ` is the standard deviation over seeds of what a seed would show over endlessly many
pairs; its 100 pairs add their own error. Skewness over seeds is about 1 for the study's losses and for ε̂, and up to 1.5.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SEEDS, PAIRS = 10, 100
CANDIDATES = 100
MARGIN = 0.05
BOUND = 1 / CANDIDATES + MARGIN
"""Chance and the margin, as accuracies have them."""
DRAWS = Callable[[np.random.Generator, int], np.ndarray]
"""From a random stream and a number of simulations to values (simulations, seeds), or with doses behind."""


@dataclass(frozen=True)
class Scenario:
    """Simulated seeds, and what would be claimed of them."""

    data: str
    """What is simulated, in words."""
    draw: DRAWS
    mean: float
    """The truth: the mean over endlessly many seeds."""
    claim: Mapping[str, Any] = field(default_factory=dict)
    """As in claims.yaml: test, and what it needs; nothing where an interval alone is looked at."""
    chance: float = math.nan
    measure: str = ""
    """Of which column of a table the values are, where that matters: a correlation is averaged in z."""


def normal(mean: float, spread: float) -> DRAWS:
    """Seeds whose values have no skewness, such as differences of two cells."""
    return lambda random, count: random.normal(mean, spread, (count, SEEDS))


def proportion(mean: float, differ: float = 0.0) -> DRAWS:
    """Shares of right answers over the pairs of a seed; over seeds the chance of a right answer is Beta distributed."""

    def draw(random: np.random.Generator, count: int) -> np.ndarray:
        share = np.full((count, SEEDS), mean)
        if differ:
            precision = mean * (1 - mean) / differ**2 - 1
            share = random.beta(mean * precision, (1 - mean) * precision, (count, SEEDS))
        return random.binomial(PAIRS, share) / PAIRS

    return draw


def skewed(mean: float, spread: float, skewness: float) -> DRAWS:
    """Positive values with a long tail on the right (Gamma); a negative skewness turns the tail to the left."""
    shape = 4 / skewness**2
    scale = math.copysign(spread / math.sqrt(shape), skewness)
    return lambda random, count: mean + scale * (random.gamma(shape, size=(count, SEEDS)) - shape)


def ratio(mean: float, spread: float) -> DRAWS:
    """Ratios of two cells, both lognormal over seeds with a coefficient of variation of `spread`."""
    return lambda random, count: np.exp(
        math.log(mean) - spread**2 + spread * math.sqrt(2) * random.normal(size=(count, SEEDS))
    )


def correlation(z: float, differ: float) -> DRAWS:
    """Fisher's z of a Pearson correlation over the pairs of a seed, whose own z is normal over seeds."""

    def draw(random: np.random.Generator, count: int) -> np.ndarray:
        r = np.tanh(random.normal(z, differ, (SEEDS, count)))[..., None]
        x, noise = random.normal(size=(2, SEEDS, count, PAIRS))
        return np.arctanh(_pearson(x, r * x + np.sqrt(1 - r**2) * noise)).T

    return draw


def _pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    return (x * y).sum(-1) / np.sqrt((x**2).sum(-1) * (y**2).sum(-1))


def difference_of_r(z: float, differ: float) -> DRAWS:
    """R of one cell minus r of another on the same seeds, equal in truth."""
    one = correlation(z, differ)
    return lambda random, count: np.tanh(one(random, count)) - np.tanh(one(random, count))


def trend(doses: int, step: float) -> DRAWS:
    """Outcomes of each seed at each dose: the seed's own level, noise of sd 1, and a step a dose."""

    def draw(random: np.random.Generator, count: int) -> np.ndarray:
        noise = random.normal(size=(count, SEEDS, doses)) + random.normal(size=(count, SEEDS, 1))
        return noise + step * np.arange(doses)

    return draw


def _above(threshold: float) -> dict[str, Any]:
    return {"test": "sign_flip", "alternative": "greater", "threshold": threshold}


def _below(threshold: float) -> dict[str, Any]:
    return {"test": "sign_flip", "alternative": "less", "threshold": threshold}


def _like(threshold: float, margin: float) -> dict[str, Any]:
    return {"test": "equivalence", "threshold": threshold, "margin": margin}


CHANCE = {"chance": 1 / CANDIDATES, "measure": "candidate_accuracy"}
LOSS = {"chance": math.log(CANDIDATES), "measure": "candidate_nll"}
BETTER, NO_BETTER = ({"test": test, "margin": MARGIN} for test in ("superiority", "non_superiority"))
NO_LOWER = {"test": "non_superiority", "margin": 0.2}
BETTER_BY_HALF = {"test": "superiority", "margin": 0.5}
RISING = {"test": "page", "alternative": "rising", "along": "dose"}
LN = LOSS["chance"] - MARGIN

NULL = (
    Scenario("differences without skewness, mean 0", normal(0, 1), 0, _above(0)),
    Scenario("differences of r over 100 pairs, mean 0", difference_of_r(0.8, 0.15), 0, _above(0)),
    Scenario("accuracies at .9, differ by .04", proportion(0.9, 0.04), 0.9, _above(0.9)),
    Scenario("losses at the threshold, skewness 1", skewed(0.05, 0.02, 1), 0.05, _below(0.05)),
    Scenario("ε̂ at the threshold, skewness 1.5", skewed(0.05, 0.02, 1.5), 0.05, _below(0.05)),
    Scenario("accuracies at the bound .06", proportion(BOUND), BOUND, BETTER, **CHANCE),
    Scenario("accuracies at the bound .06, differ by .02", proportion(BOUND, 0.02), BOUND, BETTER, **CHANCE),
    Scenario("accuracies at the bound .51, differ by .1", proportion(0.51, 0.1), 0.51, BETTER_BY_HALF, **CHANCE),
    Scenario("losses at the bound, skewness 1", skewed(LN, 0.1, 1), LN, BETTER, **LOSS),
    Scenario("accuracies at the bound .06", proportion(BOUND), BOUND, NO_BETTER, **CHANCE),
    Scenario("accuracies at the bound .06, differ by .02", proportion(BOUND, 0.02), BOUND, NO_BETTER, **CHANCE),
    Scenario("accuracies at the bound .06, differ by .05", proportion(BOUND, 0.05), BOUND, NO_BETTER, **CHANCE),
    Scenario("losses at the bound, skewness 1", skewed(LN, 0.1, 1), LN, NO_BETTER, **LOSS),
    Scenario("losses at the bound, skewness −1", skewed(LN, 0.1, -1), LN, NO_BETTER, **LOSS),
    Scenario("differences of probabilities at the margin .1", normal(0.1, 0.1), 0.1, _like(0, 0.1)),
    Scenario("ratios at 1.2, margin .2", ratio(1.2, 0.15), 1.2, _like(1, 0.2)),
    Scenario("ratios at .8, margin .2", ratio(0.8, 0.15), 0.8, _like(1, 0.2)),
    Scenario("three doses, no trend", trend(3, 0), 0, RISING),
    Scenario("four doses, no trend", trend(4, 0), 0, RISING),
)
"""The truth is at the edge of the claim: whatever is concluded is a false positive."""

EFFECT = (
    Scenario("differences, mean of one sd", normal(1, 1), 1, _above(0)),
    Scenario("differences, mean of two sd", normal(2, 1), 2, _above(0)),
    Scenario("ε̂ at half the threshold, skewness 1.5", skewed(0.025, 0.01, 1.5), 0.025, _below(0.05)),
    Scenario("accuracies at .12, bound .06", proportion(0.12, 0.02), 0.12, BETTER, **CHANCE),
    Scenario("accuracies at .7, bound .51, differ by .1", proportion(0.7, 0.1), 0.7, BETTER_BY_HALF, **CHANCE),
    Scenario("accuracies at chance .01, bound .06", proportion(0.01), 0.01, NO_BETTER, **CHANCE),
    Scenario("accuracies at .03, bound .06", proportion(0.03), 0.03, NO_BETTER, **CHANCE),
    Scenario("losses at chance, sd .1, margin .2", skewed(LOSS["chance"], 0.1, 1), LOSS["chance"], NO_LOWER, **LOSS),
    Scenario("differences at 0, sd .1, margin .1", normal(0, 0.1), 0, _like(0, 0.1)),
    Scenario("ratios at 1, margin .2", ratio(1, 0.15), 1, _like(1, 0.2)),
    Scenario("four doses, half an sd a step", trend(4, 0.5), 0, RISING),
)
"""The claim is true by as much as is said: how often is it supported?"""

COVERED = (
    Scenario("without skewness", normal(0, 1), 0),
    Scenario("accuracies at chance .01", proportion(0.01), 0.01, measure="candidate_accuracy"),
    Scenario("accuracies at .06, differ by .02", proportion(BOUND, 0.02), BOUND, measure="candidate_accuracy"),
    Scenario("accuracies at .5", proportion(0.5), 0.5, measure="candidate_accuracy"),
    Scenario("accuracies at .5, differ by .2", proportion(0.5, 0.2), 0.5, measure="candidate_accuracy"),
    Scenario("accuracies at .9, differ by .04", proportion(0.9, 0.04), 0.9, measure="candidate_accuracy"),
    Scenario("accuracies at .99, differ by .01", proportion(0.99, 0.01), 0.99, measure="candidate_accuracy"),
    Scenario("r over 100 pairs, in z", correlation(0.8, 0.15), 0.8, measure="pearson"),
    Scenario("r over 100 pairs, in z, one r for all seeds", correlation(0.8, 0), 0.8, measure="pearson"),
    Scenario("ratios", ratio(1, 0.15), 1, measure="ratio_reverse"),
    Scenario("losses, skewness 1", skewed(0.05, 0.02, 1), 0.05, measure="nll"),
    Scenario("ε̂, skewness 1.5", skewed(0.05, 0.02, 1.5), 0.05, measure="epsilon"),
)
"""How often does the interval of a table hold the truth?"""
