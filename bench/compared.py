"""One shape trained in every way on one device: rates, and their ratios within each run."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from bench.loops.huggingface import HuggingFace, fits
from bench.loops.plain import Plain
from bench.loops.stacked import Stacked
from bench.loops.work import Work
from bench.measured import Measured
from bench.side_by_side import Maker
from bench.speed import multiplying, rate

UNIT = "sequences/s"
ONE_BY_ONE, PLAIN, HUGGING_FACE = "one by one", "plain loop", "Hugging Face"
SHARE = "share of the matrix-product rate"
PRODUCTS = "products"

Run = Mapping[str, float]
"""Way to train → sequences a second; `PRODUCTS` → floating-point operations a second."""


def compared(
    work: Work,
    stacks: Sequence[int],
    many: int,
    repeats: int,
    device: torch.device,
    aims: Mapping[str, float] | None = None,
) -> Iterator[Measured]:
    """All ways, each timed once a run.

    Args:
        work: of one seed.
        stacks: numbers of seeds, 1 among them.
        many: which of the stacks is held against the loops of others.
        repeats: runs.
        device: where to compute.
        aims: ratio → what it should reach.
    """
    loops = {name: maker(given, device) for name, (maker, given) in ways(work, stacks).items()}
    for loop in loops.values():
        loop.step()  # the first one costs a start-up
    runs = [
        {name: rate(loop, device) for name, loop in loops.items()} | {PRODUCTS: multiplying(device)}
        for _ in range(repeats)
    ]
    yield from told(work, runs, many, aims or {})


def stacked(seeds: int) -> str:
    """What a stack is called."""
    return ONE_BY_ONE if seeds == 1 else f"{seeds} stacked"


def ways(work: Work, stacks: Sequence[int]) -> dict[str, tuple[Maker, Work]]:
    """Every way to train, Hugging Face's where GPT-2 has the shape."""
    ours = {stacked(seeds): (Stacked, Work(work.shape, work.batch, seeds)) for seeds in stacks}
    theirs = {HUGGING_FACE: (HuggingFace, work)} if fits(work.shape) else {}
    return {**ours, PLAIN: (Plain, work), **theirs}


def told(work: Work, runs: Sequence[Run], many: int, aims: Mapping[str, float]) -> Iterator[Measured]:
    """What came of some runs."""
    for name in runs[0]:
        if name != PRODUCTS:
            yield Measured(f"{work}: {name}", UNIT, [run[name] for run in runs])
    for one, other in held_against(runs[0], many):
        ratio = f"{one} over {other}"
        yield Measured(f"{work}: {ratio}", "×", [run[one] / run[other] for run in runs], at_least=aims.get(ratio))
    each = work.operations / work.sequences
    shares = [100 * run[stacked(many)] * each / run[PRODUCTS] for run in runs]
    yield Measured(f"{work}: {stacked(many)}, {SHARE}", "%", shares, at_least=aims.get(SHARE))


def held_against(run: Run, many: int) -> Iterator[tuple[str, str]]:
    """Pairs of ways: every stack and one by one, and one stack and the loops of others."""
    yield from ((name, ONE_BY_ONE) for name in run if name.endswith("stacked"))
    yield from ((stacked(many), other) for other in (PLAIN, HUGGING_FACE) if other in run)
