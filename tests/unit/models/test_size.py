"""Numbers of a model counted from its settings, against models that are really made."""

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reversal import registry
from reversal.data.geometry import sentence_length
from reversal.errors import ReversalError
from reversal.models import size
from reversal.train.stage import model_of
from tests.runs import BILINEAR, FAMILIES, cell

TIAN = {
    "model": {"kind": "tian", "attention": "causal"},
    "objective": {"kind": "next_token", "loss": "last_entity"},
}
CELLS = {**{name: (change, None) for name, change in FAMILIES.items()}, "bilinear": BILINEAR, "theory's": (TIAN, None)}


def shapes(of):
    """Name → numbers of each parameter of one run, position tables apart."""
    model = model_of(of.settings)
    made = model.initial([0])
    return {name: math.prod(value.shape[1:]) for name, value in made.items() if model.group(name) != "position"}


@pytest.mark.parametrize(("change", "data"), CELLS.values(), ids=CELLS)
def test_parameters_are_counted_as_they_are_made(change, data):
    of = cell(change, data)
    made = shapes(of)
    assert size.parameters(of.settings) == sum(made.values())
    assert size.largest(of.settings) == max(made.values())


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ({"theta": ["widht", 2]}, "SHAPES.theta: 'widht' does not fit; one of: width, "),
        ({"theta": ["embedding"]}, "SHAPES.theta: 'embedding' does not fit"),  # a setting, and no number
        (None, "SHAPES: missing; state it: Parameter → its axes"),
    ],
)
def test_shapes_that_cannot_be_counted_are_named(monkeypatch, shapes, said):
    of, before = cell(*BILINEAR), registry.literals
    monkeypatch.setattr(size.registry, "literals", lambda *asked: {**before(*asked), "SHAPES": shapes})
    monkeypatch.setattr(size, "vocabulary_size", lambda data: 24)
    with pytest.raises(ReversalError) as refused:
        size.parameters(of.settings)
    assert str(refused.value).startswith(f"workflow/reversal/models/architectures/bilinear.py: {said}")


@pytest.mark.parametrize("change", [FAMILIES["MDM"], FAMILIES["ARM, two layers"], FAMILIES["by position"]])
def test_a_token_costs_two_operations_a_weight_that_it_meets(change):
    """What torch counts in the matrix products, its attention over three tokens apart, with one answer a token."""
    of = cell(change)
    model, sentences, length = model_of(of.settings), 5, sentence_length(of.data)
    tokens = torch.zeros(1, sentences, length, dtype=torch.int64)
    positions = torch.arange(length).expand(1, sentences, length)
    with FlopCounterMode(display=False) as counter:
        model.logits(model.initial([0]), tokens, positions, torch.arange(sentences * length).unsqueeze(0))
    counts = counter.get_flop_counts()["Global"]
    products = sum(count for name, count in counts.items() if "attention" not in str(name))
    assert products == 2 * size.multiplied(of.settings) * sentences * length


def test_p1s_model_has_its_170_million():
    """GPT-2's 24 layers of width 768 hold 24 · 12 · 768² weights (Radford et al. 2019, without biases)."""
    model = {"kind": "transformer", "layers": 24, "width": 768, "mlp": True, "tied": True}
    of = cell({})
    found = size.parameters({**of.settings, "model": {**of.model, **model}})
    assert found == pytest.approx(24 * 12 * 768**2, rel=0.002)
