"""The loops that training is measured against do the same work as the workflow's own."""

from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from bench.loops.formed import Form, Formed
from bench.loops.huggingface import HuggingFace, fits
from bench.loops.plain import Plain
from bench.loops.stacked import Stacked
from bench.loops.work import Shape, Work, batches
from reversal.train.loop import batch, loss

CPU = torch.device("cpu")
ONE, TWO = Shape(1, 8, heads=2, mlp=False, position="rope"), Shape(2, 8, heads=2)


def layers(own):
    """One seed's parameters of the workflow, by layer and name."""
    count = 1 + max(int(name.split(".")[1]) for name in own if name.startswith("layers."))
    return [
        {name.rpartition(".")[2]: value for name, value in own.items() if f"layers.{n}." in name} for n in range(count)
    ]


def to_plain(own, places):
    """A seed's parameters as plain modules call them."""
    told = {"embedding.weight": own["embedding"], "norm.weight": own["norm"]}
    if "position" in own:
        told["position.weight"] = own["position"][:places]
    for number, layer in enumerate(layers(own)):
        block, joint = f"blocks.{number}", torch.cat([layer[name].T for name in ("query", "key", "value")])
        told |= {f"{block}.attention.norm.weight": layer["norm_attention"], f"{block}.attention.joint.weight": joint}
        told[f"{block}.attention.output.weight"] = layer["output"].T
        if "up" in layer:
            mlp = {0: layer["norm_mlp"], 1: layer["up"].T, 3: layer["down"].T}
            told |= {f"{block}.mlp.{place}.weight": value for place, value in mlp.items()}
    return told


def to_huggingface(own, places):
    """The same as GPT-2 calls them; its biases are 0 at first."""
    told = {"wte": own["embedding"], "wpe": own["position"][:places], "ln_f": own["norm"]}
    for number, layer in enumerate(layers(own)):
        joint = torch.cat([layer[name] for name in ("query", "key", "value")], dim=1)
        attention = {"ln_1": layer["norm_attention"], "attn.c_attn": joint, "attn.c_proj": layer["output"]}
        mlp = {"ln_2": layer["norm_mlp"], "mlp.c_fc": layer["up"], "mlp.c_proj": layer["down"]}
        told |= {f"h.{number}.{name}": value for name, value in (attention | mlp).items()}
    return {f"transformer.{name}.weight": value for name, value in told.items()}


def begun(trainer):
    """One seed's parameters before any step."""
    return {name: value[0] for name, value in trainer.model.initial(trainer.training.seeds).items()}


def ours(trainer, own):
    """The workflow's loss of one seed with these parameters, at full batch."""
    stack = {name: value.unsqueeze(0) for name, value in own.items()}
    return loss(trainer.model, stack, batch(trainer.training, 0), CPU).item()


def test_a_compiled_model_takes_the_same_steps():
    work = Work(TWO, 32, 2)
    own, compiled = Stacked(work, CPU), Formed(work, CPU, Form("compiled"))
    while own.trainer.step < compiled.trainer.step:
        own.step()
    for name, value in own.trainer.parameters.items():
        torch.testing.assert_close(compiled.trainer.parameters[name], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape", [ONE, TWO])
def test_the_plain_loop_computes_the_same_loss(shape):
    work = Work(shape, 0)
    trainer, plain = Stacked(work, CPU).trainer, Plain(work, CPU)
    own = begun(trainer)
    plain.model.load_state_dict(to_plain(own, places=3))
    assert plain.loss(next(plain.batches)).item() == pytest.approx(ours(trainer, own), rel=1e-5)


@pytest.mark.parametrize("shape", [ONE, TWO])
def test_the_plain_loop_takes_the_same_steps(shape):
    work = Work(shape, 0)
    stacked, plain = Stacked(work, CPU), Plain(work, CPU)
    plain.model.load_state_dict(to_plain(begun(stacked.trainer), places=3))
    before = plain.loss(next(plain.batches)).item()
    while stacked.trainer.step < 5:
        stacked.step()
    for _ in range(5):
        plain.step()
    own = {name: value[0].detach() for name, value in stacked.trainer.parameters.items()}
    after = plain.loss(next(plain.batches)).item()
    assert after < before - 0.01
    assert after == pytest.approx(ours(stacked.trainer, own), abs=1e-4)


def test_gpt_2_is_the_same_model_but_for_two_tokens_that_are_never_answered():
    work = Work(TWO, 0)
    trainer, theirs = Stacked(work, CPU).trainer, HuggingFace(work, CPU)
    own = begun(trainer)
    left = theirs.model.load_state_dict(to_huggingface(own, places=4), strict=False)
    assert not left.unexpected_keys
    assert all(name.endswith("bias") or name == "lm_head.weight" for name in left.missing_keys)
    tokens = next(theirs.batches)
    logits = theirs.model(input_ids=tokens[:, :-1]).logits[..., : work.vocabulary]
    found = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    assert found.item() == pytest.approx(ours(trainer, own), rel=1e-5)


def test_gpt_2_has_mlps_and_learned_positions():
    assert fits(TWO)
    assert not fits(ONE)
    assert not fits(Shape(2, 8, position="rope"))


@pytest.mark.parametrize("made", [Stacked, Plain, HuggingFace])
def test_every_loop_learns(made):
    loop = made(Work(TWO, 32), CPU)
    held = loop.trainer.learnt if made is Stacked else list(loop.model.parameters())
    before = [value.detach().clone() for value in held]
    loop.step()
    assert not any(torch.equal(one, other) for one, other in zip(before, held, strict=True))


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_products_of_a_step_are_counted(seeds):
    work = Work(TWO, 32, seeds)
    loop = Stacked(work, CPU)
    with FlopCounterMode(display=False) as counter:
        loop.step()
    assert counter.get_total_flops() == work.operations


def test_every_epoch_reads_every_sentence_it_has_room_for_once():
    work = Work(ONE, 25)
    parts = list(islice(batches(work, 0, CPU), 10))
    told = sorted(map(tuple, work.sentences[0].tolist()))
    for epoch in (parts[:5], parts[5:]):
        assert sorted(tuple(row[1:]) for part in epoch for row in part.tolist()) == told
    assert not torch.equal(parts[0], parts[5])
    assert {row[0] for part in parts for row in part.tolist()} == {work.vocabulary + 1}


@pytest.mark.parametrize("size", [0, 32])
def test_no_row_of_the_history_and_no_checkpoint_falls_into_a_timing(size):
    trainer = Stacked(Work(ONE, size), CPU).trainer
    assert trainer.step == 1
    assert not {*range(1, 100_000)} & trainer.marks
