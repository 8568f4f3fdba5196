"""What is recorded, against the models' own eager attention and against a hand's computation."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reversal.errors import ReversalError
from reversal.language.probe.adapters import family
from reversal.language.probe.recording import recorded
from tests.language_models import NATIVE, native

LENGTHS = (9, 6, 4)
WINDOWED = ("modernbert", "modernbert_decoder", "qwen3")


def layers(model, of):
    for part in family(of, of).layers.split("."):
        model = getattr(model, part)
    return model


def tokens(vocabulary=64):
    return torch.randint(5, vocabulary, (len(LENGTHS), max(LENGTHS)), generator=torch.Generator().manual_seed(1))


def padding():
    return (torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]).long()


def every_row(model, of, shown, **arguments):
    """Weights and scores of every layer, all rows."""
    found = {}
    rows = torch.arange(shown.shape[1]).expand(len(shown), -1)
    with torch.no_grad(), recorded(layers(model, of), rows, found.__setitem__, of):
        model(input_ids=shown, **arguments)
    return [found[number] for number in sorted(found)]


@pytest.mark.parametrize("padded", [False, True], ids=["whole", "padded"])
@pytest.mark.parametrize("of", NATIVE)
def test_weights_are_those_of_the_models_own_eager_attention(of, padded):
    """Grouped heads: Llama and Qwen. Sliding windows: ModernBERT, its decoder, Qwen3."""
    shown, mask = tokens(), padding() if padded else torch.ones(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    model, eager = (native(of, attn_implementation=kind) for kind in ("sdpa", "eager"))
    with torch.no_grad():
        expected = eager(input_ids=shown, attention_mask=mask, output_attentions=True).attentions
    found = every_row(model, of, shown, attention_mask=mask)
    assert len(found) == len(expected) == 2
    for rows, weights in zip(found, expected, strict=True):
        there = mask.bool()[:, None, :, None]
        torch.testing.assert_close(rows.weights.where(there, 0), weights.where(there, 0), atol=1e-5, rtol=0)
    if of in WINDOWED:
        distant = (torch.arange(9)[:, None] - torch.arange(9)).abs() > 3
        assert min(rows.weights[0, :, distant].max() for rows in found) == 0, "no layer has a window"


@pytest.mark.parametrize("of", NATIVE)
def test_the_model_answers_as_it_would_unwatched(of):
    model, shown = native(of, attn_implementation="sdpa"), tokens()
    with torch.no_grad():
        alone = model(input_ids=shown).logits
        rows = torch.zeros(len(shown), 1, dtype=torch.long)
        with recorded(layers(model, of), rows, lambda *_: None, of):
            watched = model(input_ids=shown).logits
    assert torch.equal(alone, watched)


def test_some_rows_are_the_same_as_those_of_all():
    model, shown = native("llama", attn_implementation="sdpa"), tokens()
    some = torch.tensor([[8, 2], [0, 5], [3, 3]])
    whole, found = every_row(model, "llama", shown), {}
    with torch.no_grad(), recorded(layers(model, "llama"), some, found.__setitem__, "llama"):
        model(input_ids=shown)
    for number, rows in enumerate(whole):
        index = some[:, None, :, None].expand(-1, 4, -1, 9)
        torch.testing.assert_close(found[number].scores, rows.scores.gather(2, index))
        torch.testing.assert_close(found[number].weights, rows.weights.gather(2, index))


class Layer(nn.Module):
    """Attention as told: `calls` times, by torch's function or by hand."""

    def __init__(self, calls=1, by_hand=False, **wishes):
        super().__init__()
        self.calls, self.by_hand, self.wishes = calls, by_hand, wishes

    def forward(self, q, k, v):
        for _ in range(self.calls):
            if self.by_hand:
                (q @ k.transpose(-1, -2) * self.wishes.get("scale", 1)).softmax(-1) @ v
            else:
                F.scaled_dot_product_attention(q, k, v, **self.wishes)


def drawn(heads=4, groups=2, sentences=2, length=5, width=3):
    draw = torch.Generator().manual_seed(2)
    q = torch.randn(sentences, heads, length, width, generator=draw)
    k, v = (torch.randn(sentences, groups, length, width, generator=draw) for _ in range(2))
    return q, k, v


def run(stack, name, *drawn):
    """Layers one after another, one row of two sentences recorded."""
    with recorded(stack, torch.zeros(2, 1, dtype=torch.long), lambda *_: None, name):
        for layer in stack:
            layer(*drawn)


MASK = torch.tensor([[1, 1, 0, 1, 1], [0, 1, 1, 1, 0], [1, 0, 0, 0, 1], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]])
ADDED = torch.linspace(-2, 2, 25).view(1, 1, 5, 5)


@pytest.mark.parametrize(
    ("wishes", "scale", "bias"),
    [
        ({}, 3**-0.5, torch.zeros(5, 5)),
        ({"scale": 0.7}, 0.7, torch.zeros(5, 5)),
        ({"is_causal": True}, 3**-0.5, torch.full((5, 5), -math.inf).triu(1)),
        ({"attn_mask": MASK.bool()}, 3**-0.5, torch.zeros(5, 5).masked_fill(MASK == 0, -math.inf)),
        ({"attn_mask": ADDED}, 3**-0.5, ADDED[0, 0]),
        ({"attn_mask": MASK[None, None, 3:4].bool()}, 3**-0.5, torch.zeros(5, 5)),
    ],
    ids=["plain", "scaled", "causal", "allowed", "added", "one row for all"],
)
def test_scores_and_weights_by_hand(wishes, scale, bias):
    """Head h reads the keys of group h // 2; the mask comes after the score."""
    q, k, v = drawn()
    found = {}
    rows = torch.arange(5).expand(2, -1)
    layer = Layer(enable_gqa=True, **wishes)
    with recorded([layer], rows, found.__setitem__, "by hand"):
        layer(q, k, v)
    for sentence in range(2):
        for head in range(4):
            scores = q[sentence, head] @ k[sentence, head // 2].T * scale
            torch.testing.assert_close(found[0].scores[sentence, head], scores)
            torch.testing.assert_close(found[0].weights[sentence, head], (scores + bias).softmax(-1))


@pytest.mark.parametrize(
    ("layer", "times"),
    [(Layer(by_hand=True), 0), (Layer(calls=0), 0), (Layer(calls=2), 2)],
    ids=["by hand", "none", "twice"],
)
def test_a_layer_that_is_not_seen_once_is_an_error(layer, times):
    stack = [Layer(), layer]
    message = f"odd: 1 of 2 layers recorded their attention once, layer 1 did so {times} times"
    with pytest.raises(ReversalError, match=message):
        run(stack, "odd", *drawn(groups=4))
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in stack)


def test_sentences_packed_into_one_another_are_an_error():
    with pytest.raises(ReversalError, match=r"layer 0 attends with queries of shape \(1, 4, 5, 3\) where 2 sentences"):
        run([Layer()], "packed", *drawn(groups=4, sentences=1))


def test_an_error_of_the_model_is_told_and_not_that_layers_are_missing():
    with pytest.raises(ZeroDivisionError), recorded([Layer()], torch.zeros(1, 1), lambda *_: None, "failing"):
        raise ZeroDivisionError
