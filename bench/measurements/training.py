"""Training: seeds stacked against one by one, against a plain loop, and against Hugging Face's GPT-2.

All train the same causal shape on the same sentences to predict every token (GPT-2 has biases besides, and reads the last
token too). A sequence is one sentence of one seed, so that rates of one seed and of many compare. Ratios are taken within a run.
"""

from collections.abc import Iterator

import torch
from snakemake.utils import available_cpu_count

from bench.compared import HUGGING_FACE, ONE_BY_ONE, PRODUCTS, SHARE, UNIT, compared, stacked, told, ways
from bench.loops.huggingface import HuggingFace
from bench.loops.stacked import Stacked
from bench.loops.work import Shape, Work
from bench.machine import available
from bench.measured import Measured, Skipped
from bench.side_by_side import started
from bench.speed import multiplying, rate
from reversal.machines import memory
from reversal.machines.devices import choose

TITLE = "training, whole sentences, one core unless said"
ONE_LAYER, TWO_LAYERS, FOUR_LAYERS = Shape(1, 64, mlp=False, position="rope"), Shape(2, 64), Shape(4, 128)
PAPER = Shape(24, 768, heads=12)
STACKS = (1, 4, 8, 16, 32)
MANY = 16
"""Seeds of the stack that is held against the loops of others."""
BATCHES = (0, 32)
GAIN = f"{stacked(MANY)} over {ONE_BY_ONE}"
AIMS = {(ONE_LAYER, 0): {GAIN: 1.5}, (ONE_LAYER, 32): {GAIN: 2.5}, (FOUR_LAYERS, 0): {SHARE: 35}}


def measure(repeats: int) -> Iterator[Measured | Skipped]:
    """Every shape and batch, then all cores, then P1's shape."""
    device = choose(0, 1)
    for shape in (ONE_LAYER, TWO_LAYERS, FOUR_LAYERS):
        for batch in BATCHES:
            yield from compared(Work(shape, batch), STACKS, MANY, repeats, device, AIMS.get((shape, batch)))
    yield from on_all_cores(repeats)
    yield from paper(device)


def on_all_cores(repeats: int) -> Iterator[Measured]:
    """Ours as the workflow runs it, a process a core; theirs in each run the better of that and one process of all threads."""
    cores = available_cpu_count()
    one, many = Work(TWO_LAYERS, 64), Work(TWO_LAYERS, 64, MANY)
    apart, joined = "a process a core", "one process"
    ours, theirs = stacked(MANY), HUGGING_FACE
    whole = choose(0, cores)
    together = {ours: Stacked(many, whole), theirs: HuggingFace(one, whole)}
    with started(cores) as side_by_side:
        runs = [
            {(ours, apart): side_by_side(Stacked, many), (theirs, apart): side_by_side(HuggingFace, one)}
            | {(way, joined): rate(loop, whole) for way, loop in together.items()}
            for _ in range(repeats)
        ]
    choose(0, 1)
    what = f"{one}, {cores} cores"
    for way, how in runs[0]:
        yield Measured(f"{what}: {way}, {how}", UNIT, [run[way, how] for run in runs])
    ratios = [run[ours, apart] / max(run[theirs, apart], run[theirs, joined]) for run in runs]
    yield Measured(f"{what}: ours over the better of theirs", "×", ratios, at_least=6)


def paper(device: torch.device) -> Iterator[Measured | Skipped]:
    """P1's shape, one seed and two steps in every way, one after another; where a job would not fit the memory, one line."""
    work = Work(PAPER, 32)
    asked, free = memory.training(work.settings, 1) / 1e3, available() / 1e9
    if asked > free:
        yield Skipped(f"{work}", f"a job of it asks for {asked:.0f} GB, and {free:.0f} GB are free")
        return
    run = {name: rate(maker(given, device), device, seconds=0) for name, (maker, given) in ways(work, [1]).items()}
    yield from told(work, [run | {PRODUCTS: multiplying(device)}], 1, {})
