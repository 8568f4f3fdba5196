"""The loops that training is measured against do the same work as the workflow's own."""

from itertools import islice

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.loops.plain import Plain
from bench.loops.stacked import Stacked
from bench.loops.work import Shape, Work, batches
from reversal.train.loop import batch, loss

CPU = torch.device("cpu")
ONE, TWO = Shape(1, 8, heads=2, mlp=False), Shape(2, 8, heads=2)


def given(model, parameters):
    """Plain modules with one seed's parameters of the workflow's."""
    own = {name: value[0].detach() for name, value in parameters.items()}
    told = {
        "embedding.weight": own["embedding"],
        "norm.weight": own["norm"],
        "position.weight": own["position"][: model.position.num_embeddings],
    }
    for number, block in enumerate(model.blocks):
        layer = {name.rpartition(".")[2]: value for name, value in own.items() if f"layers.{number}." in name}
        joint = torch.cat([layer[name].T for name in ("query", "key", "value")])
        told |= {f"blocks.{number}.{name}.weight": value for name, value in {
            "norm_attention": layer["norm_attention"], "joint": joint, "output": layer["output"].T,
        }.items()}  # fmt: skip
        if block.mlp is not None:
            told |= {f"blocks.{number}.mlp.{place}.weight": value for place, value in {
                0: layer["norm_mlp"], 1: layer["up"].T, 3: layer["down"].T,
            }.items()}  # fmt: skip
    model.load_state_dict(told)


@pytest.mark.parametrize("shape", [ONE, TWO])
def test_the_plain_loop_computes_the_same_loss(shape):
    ours, plain = Stacked(Work(shape, 0), CPU).trainer, Plain(Work(shape, 0), CPU)
    given(plain.model, ours.parameters)
    found = loss(ours.model, ours.parameters, batch(ours.training, 0), CPU)
    assert plain.loss(torch.from_numpy(ours.training.sentences[0])).item() == pytest.approx(found.item(), rel=1e-5)


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_products_of_a_step_are_counted(seeds):
    work = Work(TWO, 32, seeds)
    loop = Stacked(work, CPU)
    with FlopCounterMode(display=False) as counter:
        loop.step()
    assert counter.get_total_flops() == work.operations


def test_every_epoch_reads_every_sentence_it_has_room_for_once():
    work = Work(ONE, 25)
    epochs = list(islice(batches(work, 0), 10))
    for epoch in (epochs[:5], epochs[5:]):
        assert sorted(map(tuple, np.concatenate(epoch))) == sorted(map(tuple, work.sentences[0]))


def test_no_row_of_the_history_falls_into_a_timing():
    trainer = Stacked(Work(ONE, 0), CPU).trainer
    assert trainer.step == 1
    assert not {*range(1, 100_000)} & trainer.marks
