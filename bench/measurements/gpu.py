"""Training on a GPU, where there is one: seeds stacked, Hugging Face's GPT-2, and P1's shape, in single precision and TF32."""

from collections.abc import Iterator

import torch

from bench.loops.huggingface import HuggingFace
from bench.loops.stacked import Stacked
from bench.loops.work import Shape, Work
from bench.measured import Measured, Skipped
from bench.speed import multiplying, steps_a_second

TITLE = "training on a GPU"
ONE_LAYER, TWO_LAYERS, PAPER = Shape(1, 64, mlp=False, position="rope"), Shape(2, 64), Shape(24, 768, heads=12)
PRECISIONS = {"fp32": "highest", "TF32": "high"}


def measure(repeats: int) -> Iterator[Measured | Skipped]:
    """One line where PyTorch sees no GPU."""
    if not torch.cuda.is_available():
        yield Skipped("any shape", "no GPU here")
        return
    device, before = torch.device("cuda"), torch.get_float32_matmul_precision()
    yield from agreement(device)
    try:
        for name, precision in PRECISIONS.items():
            torch.set_float32_matmul_precision(precision)
            yield from at(name, repeats, device)
    finally:
        torch.set_float32_matmul_precision(before)


def at(precision: str, repeats: int, device: torch.device) -> Iterator[Measured]:
    """One precision: what 63 more seeds cost, how far from Hugging Face's loop, what share of the card P1's shape takes."""
    few, many = (Stacked(Work(ONE_LAYER, 0, seeds), device) for seeds in (1, 64))
    cost = [steps_a_second(few, device) / steps_a_second(many, device) for _ in range(repeats)]
    yield Measured(f"{precision}, {ONE_LAYER}: 64 seeds cost as much as one", "×", cost, aim=2)
    work, one = Work(TWO_LAYERS, 64, 64), Work(TWO_LAYERS, 64)
    ours, theirs = Stacked(work, device), HuggingFace(one, device)
    gain = [64 * steps_a_second(ours, device) / steps_a_second(theirs, device) for _ in range(repeats)]
    yield Measured(f"{precision}, {TWO_LAYERS}: 64 stacked over Hugging Face", "×", gain, at_least=10)
    work = Work(PAPER, 64, 10)
    large = Stacked(work, device)
    shares = [100 * work.operations * steps_a_second(large, device) / multiplying(device) for _ in range(repeats)]
    yield Measured(f"{precision}, {PAPER}, 10 seeds: share of the card's matrix-product rate", "%", shares, at_least=40)


def agreement(device: torch.device) -> Iterator[Measured]:
    """How far parameters on the card are from those on the CPU after ten steps, relative to how far they came."""
    here, there = (Stacked(Work(TWO_LAYERS, 64, 4), where).trainer for where in (torch.device("cpu"), device))
    began = {name: value.detach().clone() for name, value in here.parameters.items()}
    for trainer in (here, there):
        for _ in range(10):
            trainer.advance(lambda moment: None)
    apart = sum((here.parameters[name] - there.parameters[name].cpu()).square().sum() for name in began)
    moved = sum((here.parameters[name] - began[name]).square().sum() for name in began)
    yield Measured("fp32, ten steps: distance from the CPU over the way", "", [(apart / moved).sqrt().item()], aim=0.01)
