"""Training on a GPU, where there is one: the shapes of `training`, agreement with the CPU, and memory.

In single precision, and with its products in TF32, as the study trains; then in forms in which it does not train, for what
they would bring: compiled, as CUDA graphs, in bfloat16.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from bench.compared import HUGGING_FACE, ONE_BY_ONE, SHARE, UNIT, compared, stacked
from bench.loops.formed import MODES, Form, Formed
from bench.loops.stacked import Stacked
from bench.loops.work import Work
from bench.measured import Measured, Skipped
from bench.measurements.training import FOUR_LAYERS, ONE_LAYER, PAPER, TWO_LAYERS
from bench.speed import multiplying, rate
from reversal.machines.devices import choose
from reversal.models.size import held_in_training
from reversal.train.loop import Trainer, batch, loss
from reversal.train.stage import chunk_size

TITLE = "training on a GPU, whole sentences"
STACKS = (1, 16, 64)
MANY = 64
AIMS = {
    Work(ONE_LAYER, 0): {
        f"{stacked(MANY)} over {ONE_BY_ONE}": MANY / 2
    },  # 64 seeds cost no more than twice what one does
    Work(ONE_LAYER, 32): {},
    Work(TWO_LAYERS, 64): {f"{stacked(MANY)} over {HUGGING_FACE}": 10},
    Work(FOUR_LAYERS, 0): {},
}
"""What is measured → ratios that it should reach."""
STEPS = 10
"""After which a training is held against the CPU's."""


class Precision(NamedTuple):
    """A kind of matrix product."""

    products: str
    """As PyTorch calls it."""
    loss: float
    """How far a loss may be from the CPU's, relative to it."""
    way: float | None
    """How far parameters may be from the CPU's, relative to how far they came."""


PRECISIONS = {"fp32": Precision("highest", 1e-4, 0.01), "TF32": Precision("high", 1e-2, None)}
ROUNDED = 5e-2
"""How far a loss of weights in bfloat16, which has 8 bits, may be from the CPU's, relative to it."""
FORMS = tuple(Form(mode, numbers) for numbers in (torch.float32, torch.bfloat16) for mode in MODES)
"""The first is that of the study."""
FORMED = (Work(TWO_LAYERS, 64, MANY), Work(FOUR_LAYERS, 0, 16))
"""What is trained in every form: shapes without rotary positions, whose turns a graph would overwrite."""


def measure(repeats: int) -> Iterator[Measured | Skipped]:
    """One line where PyTorch sees no GPU."""
    if not torch.cuda.is_available():
        yield Skipped("any shape", "no GPU here")
        return
    device = choose(1, 1)
    for name, precision in PRECISIONS.items():
        with products_in(precision):
            for one in (*agreement(device, precision), *rates(repeats, device)):
                yield replace(one, quantity=f"{name}, {one.quantity}")
    for work in FORMED:
        yield from formed(work, repeats, device)
    yield from paper(repeats, device)
    yield from room(Work(ONE_LAYER, 32), 64, 256, device)


@contextmanager
def products_in(precision: Precision) -> Iterator[None]:
    """Matrix products of single-precision numbers computed so."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision.products)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def rates(repeats: int, device: torch.device) -> Iterator[Measured]:
    """The tables of `training`, with larger stacks."""
    for work, aims in AIMS.items():
        yield from compared(work, STACKS, MANY, repeats, device, aims)


def formed(work: Work, repeats: int, device: torch.device) -> Iterator[Measured]:
    """Every form: how far its loss is from the CPU's, and its rate beside that of the form in which the study trains."""
    losses = coming(trained(work, torch.device("cpu")))
    loops = {form: Formed(work, device, form) for form in FORMS}
    apart = {form: relative(coming(reached(loop)), losses) for form, loop in loops.items()}
    runs = [{form: rate(loop, device) for form, loop in loops.items()} for _ in range(repeats)]
    for form in FORMS:
        what, usual = f"{work}, {work.seeds} stacked: {form}", FORMS[0]
        yield Measured(what, UNIT, [run[form] for run in runs])
        if form != usual:
            yield Measured(f"{what} over {usual}", "×", [run[form] / run[usual] for run in runs])
        aim = PRECISIONS["fp32"].loss if form.numbers == torch.float32 else ROUNDED
        yield Measured(f"{what}, {STEPS} steps: loss beside the CPU's, relative", "", [apart[form]], aim=aim)


def agreement(device: torch.device, precision: Precision) -> Iterator[Measured]:
    """How far four seeds are from where the CPU takes them, after some steps."""
    work = Work(TWO_LAYERS, 64, 4)
    here, there = (trained(work, where) for where in (torch.device("cpu"), device))
    off = relative(coming(there), coming(here))
    yield Measured(f"{STEPS} steps: loss beside the CPU's, relative", "", [off], aim=precision.loss)
    start = here.model.initial(here.training.seeds)
    apart = distance(here.parameters, there.parameters) / distance(here.parameters, start)
    yield Measured(f"{STEPS} steps: distance from the CPU over the way", "", [apart], aim=precision.way)


def trained(work: Work, device: torch.device) -> Trainer:
    """A training some steps on."""
    return reached(Stacked(work, device))


def reached(loop: Stacked) -> Trainer:
    """A training taken as far."""
    while loop.trainer.step < STEPS:
        loop.step()
    return loop.trainer


@torch.no_grad()
def coming(trainer: Trainer) -> torch.Tensor:
    """Losses of the step that comes next, (S,)."""
    device = trainer.training.device
    return loss(trainer.model, trainer.parameters, batch(trainer.training, trainer.step), device).cpu()


def relative(found: torch.Tensor, losses: torch.Tensor) -> float:
    """How far losses are from others, relative to these; of the seed where it is most."""
    return ((found - losses).abs() / losses).max().item()


@torch.no_grad()
def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """Between two sets of parameters."""
    return sum((one[name].cpu() - other[name].cpu()).square().sum().item() for name in one) ** 0.5


def paper(repeats: int, device: torch.device) -> Iterator[Measured | Skipped]:
    """P1's shape: ten seeds, or as many as a job takes; share of the card's products, and memory."""
    one = Work(PAPER, 64)
    free, _ = torch.cuda.mem_get_info(device)
    needed = 2 * 4 * held_in_training(one.settings)
    if needed > free:
        yield Skipped(f"{one}", f"two seeds hold {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free")
        return
    work = replace(one, seeds=job(replace(one, seeds=10), device))
    loop = Stacked(work, device)
    for name, precision in PRECISIONS.items():
        with products_in(precision):
            runs = [(rate(loop, device), multiplying(device)) for _ in range(repeats)]
        what, each = f"{name}, {work}: {work.seeds} stacked", work.operations / work.sequences
        yield Measured(what, UNIT, [sequences for sequences, _ in runs])
        shares = [100 * sequences * each / products for sequences, products in runs]
        yield Measured(f"{what}, {SHARE}", "%", shares, at_least=40)
    del loop
    yield from room(one, 1, 2, device)


def room(work: Work, few: int, more: int, device: torch.device) -> Iterator[Measured]:
    """How many seeds fit, by the peaks of two stacks, and whether the stack that a job takes does."""
    small, large = (peak(replace(work, seeds=seeds), device) for seeds in (few, more))
    each = (large - small) / (more - few)
    shared = small - few * each
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info(device)
    yield Measured(f"{work}: largest stack, by the peaks of {few} and {more}", "seeds", [(free - shared) // each])
    filled = 100 * (shared + job(replace(work, seeds=10**9), device) * each) / free
    yield Measured(f"{work}: what the stack of a job takes of the free memory", "%", [filled], aim=100)


def job(work: Work, device: torch.device) -> int:
    """How many of the work's seeds a job takes at once. No text is read, as the work says how large a batch is."""
    return chunk_size(work.settings, range(work.seeds), Path(), device)


def peak(work: Work, device: torch.device) -> int:
    """Bytes of the card that training takes at most."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    loop = Stacked(work, device)
    loop.step()
    return torch.cuda.max_memory_allocated(device)
