"""Loops in several processes at once, one a core, as the jobs of a workflow run."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing.synchronize import Barrier

import torch

from bench import speed
from bench.loops.work import Loop, Work
from reversal.machines.devices import choose

Maker = Callable[[Work, torch.device], Loop]

SECONDS = 1.0
"""Of one timing: long beside a step, so that all processes are busy for nearly all of it."""
PATIENCE = 120
"""Seconds that a process waits for the others; one that has failed never comes."""

_ready: Barrier
"""Where the processes meet before a timing."""


@contextmanager
def started(processes: int) -> Iterator[Callable[[Maker, Work], float]]:
    """Processes of one thread each, which keep the loops that they have made: what to train → sequences a second, of all."""
    context = multiprocessing.get_context("spawn")  # a fork would inherit PyTorch's threads, and not their work
    with context.Pool(processes, _begin, [context.Barrier(processes)]) as pool:
        yield lambda maker, work: sum(pool.map(partial(_timed, maker, work), range(processes), chunksize=1))


def _begin(ready: Barrier) -> None:
    global _ready
    _ready = ready


@cache
def _made(maker: Maker, work: Work) -> tuple[Loop, torch.device]:
    device = choose(0, 1)
    return maker(work, device), device


def _timed(maker: Maker, work: Work, _: int) -> float:
    """In a process: one task each, as none is done before all have begun."""
    loop, device = _made(maker, work)
    loop.step()  # what is made at the first one is not waited for by the others
    _ready.wait(PATIENCE)
    return speed.rate(loop, device, SECONDS)
