"""Training: seeds stacked against one by one, against a plain loop, and against Hugging Face's GPT-2.

All train the same causal shape on the same sentences to predict every token (GPT-2 has biases besides, and reads the last
token too). A sequence is one sentence of one seed, so that rates of one seed and of many compare. Ratios are taken within a run.
"""

import os
from collections.abc import Iterator, Mapping
from statistics import median

import torch

from bench.loops.huggingface import HuggingFace, fits
from bench.loops.plain import Plain
from bench.loops.stacked import Stacked
from bench.loops.work import Loop, Shape, Work
from bench.machine import available
from bench.measured import Measured, Skipped
from bench.side_by_side import rate
from bench.speed import multiplying, steps_a_second
from reversal.machines import memory
from reversal.machines.devices import choose

TITLE = "training, whole sentences, one core unless said"
ONE_LAYER, TWO_LAYERS, FOUR_LAYERS = Shape(1, 64, mlp=False, position="rope"), Shape(2, 64), Shape(4, 128)
PAPER = Shape(24, 768, heads=12)
STACKS = (1, 4, 8, 16, 32)
MANY = 16
"""Seeds of the stack that ratios are of."""
BATCHES = (0, 32)
UNIT = "sequences/s"


def measure(repeats: int) -> Iterator[Measured | Skipped]:
    """Rates of every shape and batch, then of all cores, then of P1's shape."""
    device = choose(0, 1)
    for shape in (ONE_LAYER, TWO_LAYERS, FOUR_LAYERS):
        for batch in BATCHES:
            yield from compared(shape, batch, repeats, device)
    yield from share(repeats, device)
    yield from on_all_cores(repeats)
    yield from paper(device)


def compared(shape: Shape, batch: int, repeats: int, device: torch.device) -> Iterator[Measured]:
    """One shape at one batch size: every stack, and the loops of others."""
    works = {f"{seeds} stacked": Work(shape, batch, seeds) for seeds in STACKS}
    loops: dict[str, Loop] = {name: Stacked(work, device) for name, work in works.items()}
    one = Work(shape, batch)
    loops["plain loop"] = Plain(one, device)
    if fits(shape):
        loops["Hugging Face"] = HuggingFace(one, device)
    runs = [
        {name: steps_a_second(loop, device) * works.get(name, one).read * works.get(name, one).seeds
         for name, loop in loops.items()}
        for _ in range(repeats)
    ]  # fmt: skip
    what = f"{shape}, batch {one.read}"
    for name in loops:
        yield Measured(f"{what}: {name}", UNIT, [run[name] for run in runs])
    yield from ratios(what, shape, batch, runs)


def ratios(what: str, shape: Shape, batch: int, runs: list[Mapping[str, float]]) -> Iterator[Measured]:
    """The large stack over each of the others, within each run."""
    aims = {("1 stacked", 0): 1.5, ("1 stacked", 32): 2.5} if shape == ONE_LAYER else {}
    for other in ("1 stacked", "plain loop", "Hugging Face"):
        if other in runs[0]:
            values = [run[f"{MANY} stacked"] / run[other] for run in runs]
            named = "one by one" if other == "1 stacked" else other
            yield Measured(f"{what}: {MANY} stacked over {named}", "×", values, at_least=aims.get((other, batch)))


def share(repeats: int, device: torch.device) -> Iterator[Measured]:
    """How much of what the core can multiply the training's own products take."""
    for shape, aim in ((ONE_LAYER, None), (TWO_LAYERS, None), (FOUR_LAYERS, 35)):
        work = Work(shape, 0, MANY)
        loop = Stacked(work, device)
        shares = [100 * work.operations * steps_a_second(loop, device) / multiplying(device) for _ in range(repeats)]
        yield Measured(f"{shape}, {MANY} stacked: share of the core's matrix-product rate", "%", shares, at_least=aim)


def on_all_cores(repeats: int) -> Iterator[Measured]:
    """Ours as the workflow runs it, a process a core; theirs the better of a process a core and one with all threads."""
    cores = os.cpu_count() or 1
    one, many = Work(TWO_LAYERS, 64), Work(TWO_LAYERS, 64, MANY)
    what = f"{TWO_LAYERS}, batch 64, {cores} cores"
    ours = [rate(Stacked, many, cores, 1) for _ in range(repeats)]
    apart = [rate(HuggingFace, one, cores, 1) for _ in range(repeats)]
    joined = [rate(HuggingFace, one, 1, cores) for _ in range(repeats)]
    yield Measured(f"{what}: {MANY} stacked, a process a core", UNIT, ours)
    yield Measured(f"{what}: Hugging Face, a process a core", UNIT, apart)
    yield Measured(f"{what}: Hugging Face, one process", UNIT, joined)
    better = max(apart, joined, key=median)
    values = [one / other for one, other in zip(ours, better, strict=True)]
    yield Measured(f"{what}: ours over the better of theirs", "×", values, at_least=6)


def paper(device: torch.device) -> Iterator[Measured | Skipped]:
    """P1's shape, one seed, as often as two steps take; where a job of it would not fit the memory, one line."""
    work = Work(PAPER, 64)
    asked, free = memory.training(work.settings, 1) / 1e3, available() / 1e9
    if asked > free:
        yield Skipped(f"{PAPER}, batch 64", f"a job of it asks for {asked:.0f} GB, and {free:.0f} GB are free")
        return
    loop = Stacked(work, device)
    steps = steps_a_second(loop, device)
    yield Measured(f"{PAPER}, batch 64: 1 seed", UNIT, [steps * work.read])
    rate = 100 * work.operations * steps / multiplying(device)
    yield Measured(f"{PAPER}, 1 seed: share of the core's matrix-product rate", "%", [rate])
