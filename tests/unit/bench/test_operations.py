"""Operations counted from settings are those that PyTorch counts while it computes."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import operations
from reversal.train.loop import batch, loss
from reversal.train.stage import model_of
from tests.runs import CPU, cell, training

CAUSAL = {"attention": "causal", "layers": 2, "mlp": True}
CELLS = {
    "one layer, some tokens asked": {},
    "two layers with MLPs, some asked": {"model": {"layers": 2, "mlp": True}},
    "untied": {"model": {"tied": False, "position": {"kind": "learned"}}},
    "every token asked": {"objective": {"kind": "next_token", "loss": "whole"}, "model": CAUSAL},
    "one token asked": {"objective": {"kind": "next_token", "loss": "last_entity"}, "model": CAUSAL},
    "a batch": {"objective": {"kind": "mlm"}, "optimisation": {"steps": 12, "batch": 5}},
    "by position, MLPs": {"model": {"query_key": "by_position", "value_output": "by_position", "mlp": True}},
}


@pytest.mark.parametrize("change", CELLS.values(), ids=CELLS)
def test_operations_of_a_step(change):
    of, seeds = cell(change), (1, 2)
    model, given = model_of(of.settings), batch(training(of, seeds), 0)
    parameters = {name: value.requires_grad_() for name, value in model.initial(seeds).items()}
    with FlopCounterMode(display=False) as counter:
        torch.autograd.grad(loss(model, parameters, given, CPU).sum(), list(parameters.values()))
    read, asked = given.tokens[0].size, given.rows.shape[1]
    assert counter.get_total_flops() == len(seeds) * operations.step(of.settings, read, asked)
