"""The theory's one-layer transformer: its definition number by number, and what its gradient cannot touch."""

import math

import numpy as np
import pytest
import torch

from reversal import validation
from reversal.models.model import build

VOCABULARY = 7
MASK = VOCABULARY
READ = VOCABULARY + 2
A, B, R = 1, 4, 0


def model_of(**changes):
    node = validation.definition("cell")["properties"]["model"]
    settings = validation.fill(node, {"kind": "tian", **changes})
    validation.check(node, settings, "model")
    return build(settings, VOCABULARY, 3)


def drawn(model, seeds=(0,)):
    return {name: value.double() for name, value in model.initial(seeds).items()}


def answered(model, parameters, *sentences, slot):
    """Logits at one slot of each sentence, (S, B, V)."""
    seeds, length = parameters["y"].shape[0], len(sentences[0])
    tokens = torch.tensor(sentences).expand(seeds, -1, -1)
    rows = torch.arange(len(sentences)).mul(length).add(slot).expand(seeds, -1)
    return model.logits(parameters, tokens, torch.zeros_like(tokens), rows)


def by_hand(y, z, query, context):
    """softmax, the mean of unit vectors, its length and the product with Y, in plain numpy."""
    scores = np.exp([z[query, token] for token in context])
    mean = np.zeros(READ)
    for share, token in zip(scores / scores.sum(), context, strict=True):
        mean[token] += share
    return mean / np.sqrt((mean**2).sum()) @ y


CASES = {
    "causal": ("causal", [A, R, B], 2, [A, R]),
    "causal, one token before": ("causal", [A, R, B], 1, [A]),
    "causal, a token twice": ("causal", [3, 5, 3, R, 2], 4, [3, 5, 3, R]),
    "bidirectional": ("bidirectional", [MASK, R, B], 0, [R, B]),
    "bidirectional, in the middle": ("bidirectional", [A, MASK, B], 1, [A, B]),
    "bidirectional, other masks": ("bidirectional", [MASK, MASK, B], 1, [MASK, B]),
}


@pytest.mark.parametrize(("attention", "sentence", "slot", "context"), CASES.values(), ids=CASES)
def test_the_logits_are_the_definition(attention, sentence, slot, context):
    model = model_of(attention=attention, initial_scale=1.0)
    parameters = drawn(model, (0, 5))
    found = answered(model, parameters, [2] * len(sentence), sentence, slot=slot)
    for seed in (0, 1):
        y, z = (parameters[name][seed].numpy() for name in ("y", "z"))
        expected = by_hand(y, z, sentence[slot], context)
        np.testing.assert_allclose(found[seed, 1], expected, atol=1e-12)


def test_attention_over_one_token_is_one_and_over_more_sums_to_one():
    model = model_of(initial_scale=1.0)
    tokens, rows = torch.tensor([[[A, R, B]]]), torch.tensor([[1, 2]])
    read, weights = model.attended(model.initial([0]), tokens, rows)
    assert read.tolist() == [[[A, R, B]] * 2]
    assert weights[0, 0].tolist() == [1, 0, 0]
    assert weights[0, 1, :2].sum().item() == pytest.approx(1)
    assert weights[0, 1, 2] == 0


def test_one_number_worked_out_on_paper():
    """Scores 0 and ln 3: weights 1/4 and 3/4, their length √10 / 4; Y says 2 after the first: 2 / √10."""
    model = model_of()
    parameters = drawn(model)
    parameters["z"][0, B, R] = math.log(3)
    parameters["y"][0, A, 5] = 2
    logits = answered(model, parameters, [A, R, B], slot=2)
    assert logits[0, 0, 5].item() == pytest.approx(2 / math.sqrt(10))


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_training_on_a_alone_moves_row_a_and_nothing_else(scale):
    """`A R` asks for B: no gradient on any other row of Y nor on Z, so p(A | B R') stays what it was, exactly (P1)."""
    model = model_of(initial_scale=scale)
    parameters = {name: value.requires_grad_() for name, value in drawn(model).items()}
    nll = -answered(model, parameters, [A, R], slot=1).log_softmax(-1)[0, 0, B]
    y, z = torch.autograd.grad(nll, [parameters["y"], parameters["z"]])
    rows = y[0].abs().sum(-1) > 0
    assert rows.nonzero().flatten().tolist() == [A]
    assert (z == 0).all()
    moved = {"y": parameters["y"] - 5 * y, "z": parameters["z"] - 5 * z}
    there = [answered(model, p, [A, R], slot=1).softmax(-1)[0, 0, B].item() for p in (parameters, moved)]
    back = [answered(model, p, [B, R], slot=1) for p in (parameters, moved)]
    assert there[1] > 1.5 * there[0]
    assert torch.equal(*back)


def test_one_step_from_nothing_is_known_in_closed_form():
    """Y = 0: the row of A grows by η (1 − 1/V) at B and falls by η/V elsewhere."""
    model = model_of()
    parameters = {name: value.requires_grad_() for name, value in drawn(model).items()}
    nll = -answered(model, parameters, [A, R], slot=1).log_softmax(-1)[0, 0, B]
    assert nll.item() == pytest.approx(math.log(VOCABULARY))
    (slope,) = torch.autograd.grad(nll, parameters["y"])
    expected = torch.full((VOCABULARY,), 1 / VOCABULARY, dtype=torch.float64)
    expected[B] -= 1
    torch.testing.assert_close(slope[0, A], expected)


def test_both_ways_it_is_a_bag_of_words():
    """With one symmetric relation `source` [M] R B and `reverse` B R [M] are one question, before and after training."""
    model = model_of(attention="bidirectional", initial_scale=1.0)
    parameters = drawn(model)
    source = answered(model, parameters, [MASK, R, B], slot=0)
    reverse = answered(model, parameters, [B, R, MASK], slot=2)
    torch.testing.assert_close(source, reverse, atol=1e-12, rtol=0)
    assert not torch.allclose(source, answered(model, parameters, [A, R, MASK], slot=2))


@pytest.mark.parametrize("attention", ["causal", "bidirectional"])
def test_a_stack_gives_each_seed_what_it_gets_alone_bit_for_bit(attention):
    model = model_of(attention=attention, initial_scale=0.5)
    together, alone = model.initial([8, 1, 5]), model.initial([5])
    assert all(torch.equal(together[name][2:], alone[name]) for name in alone)
    one, other = (answered(model, p, [A, R, B], [B, R, A], slot=2) for p in (together, alone))
    assert torch.equal(one[2:], other)


def test_tokens_are_unit_vectors():
    model = model_of()
    embedded = model.embedded(model.initial([0, 1]), torch.tensor([[[A, B]]] * 2))
    assert embedded.shape == (2, 1, 2, READ)
    assert (embedded.argmax(-1) == torch.tensor([A, B])).all()
    assert (embedded.sum(-1) == 1).all()
