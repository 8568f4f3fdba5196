"""Maps of logits against hand-made ones, and against the table `weights`, whose pairs are on the diagonal."""

import numpy as np
import pytest
import torch

from reversal.evaluate.logits import maps
from reversal.evaluate.weights import weigh
from tests.runs import CPU, cell, form, pairs, trained

SEEDS = (1, 2)
ARM = {"model": {"attention": "causal"}, "objective": {"kind": "next_token", "loss": "last_entity"}}
ARROWS = {"relation": "inverse", "direction": "random", "bidirectional_fraction": 0.5, "pairs": 12}


class Spoken:
    """A model that says the same logits everywhere."""

    frozen, reach = frozenset(), None

    def __init__(self, logits):
        self.said = torch.as_tensor(logits, dtype=torch.float32)

    def logits(self, parameters, tokens, positions, rows):
        return self.said.expand(*rows.shape, -1)


@pytest.mark.parametrize("labels", ["kept", "permuted"])
def test_by_hand(labels):
    """Three pairs and no second relation: R is token 0, and every token's logit is its square."""
    of = cell({}, {"pairs": 3, "other_pairs": 0, "labels": labels})
    drawn = pairs(of, SEEDS)
    target, reverse = maps(Spoken(np.arange(7.0) ** 2), {}, drawn, of.data, form(of), 24, CPU)
    assert (target.query, reverse.query) == ("target", "reverse")
    assert (target.both_ways, target.trained.all(), reverse.trained.any()) == (False, True, False)
    for number, run in enumerate(drawn):
        b, a = run.b[:, 0] ** 2.0, run.a[run.answer, 0] ** 2.0
        np.testing.assert_allclose(target.logits[number], np.tile(b - b.mean(), (3, 1)), rtol=1e-6)
        np.testing.assert_allclose(reverse.logits[number], np.tile(a - a.mean(), (3, 1)), rtol=1e-6)


@pytest.mark.parametrize("change", [{}, ARM], ids=["MDM", "ARM"])
@pytest.mark.parametrize("word_size", [1, 2])
def test_the_diagonal_is_what_the_table_weights_says(change, word_size):
    of = cell(change, {**ARROWS, "word_size": word_size}, steps=20)
    model, checkpoints, _ = trained(of, SEEDS)
    drawn, parameters = pairs(of, SEEDS), checkpoints[-1].parameters
    weights = weigh(model, parameters, drawn, of.data, form(of), CPU)
    found = list(maps(model, parameters, drawn, of.data, form(of), 24, CPU))
    assert [(made.query, made.both_ways) for made in found] == [
        (query, both_ways) for query in ("target", "reverse") for both_ways in (False, True)
    ]
    for made in found:
        column = weights[{"target": "forward", "reverse": "reverse"}[made.query]]
        for number in range(len(SEEDS)):
            own = column[number][weights["both_ways"][number] == made.both_ways]
            np.testing.assert_allclose(np.diagonal(made.logits[number]), own, atol=1e-5)
            assert len(own) == 6


def test_candidates_have_the_type_asked_for():
    """Directions are random, so that a pair's B is of either type: candidates of a prompt are of its answer's type alone."""
    of = cell({}, ARROWS)
    drawn = pairs(of, SEEDS)
    kind = np.zeros(2 * 12 + 2 + 8 + 1)
    kind[drawn[0].words(1)] = 1  # right for seed 1
    target = next(maps(Spoken(kind), {}, drawn[:1], of.data, form(of), 24, CPU))
    np.testing.assert_allclose(target.logits, 0, atol=1e-6)


def test_no_more_pairs_than_asked_for():
    of = cell({}, ARROWS)
    found = list(maps(Spoken(np.zeros(40)), {}, pairs(of, SEEDS), of.data, form(of), 4, CPU))
    assert {made.logits.shape for made in found} == {(2, 4, 4)}
    assert {made.trained.shape for made in found} == {(2, 4)}
