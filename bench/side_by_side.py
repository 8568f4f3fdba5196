"""The same loop in several processes at once, so that all cores are busy: sequences × seeds a second of all of them."""

import multiprocessing
from collections.abc import Callable
from functools import partial

import torch

from bench.loops.work import Loop, Work
from bench.speed import steps_a_second
from reversal.machines.devices import choose

Maker = Callable[[Work, torch.device], Loop]


def rate(maker: Maker, work: Work, processes: int, threads: int) -> float:
    """Each process trains seeds of its own with so many threads; the timings begin together."""
    context = multiprocessing.get_context("spawn")  # a fork would inherit PyTorch's threads
    with context.Manager() as manager, context.Pool(processes) as pool:
        ready = manager.Barrier(processes)
        rates = pool.map(partial(_one, maker, work, threads, ready), range(processes), chunksize=1)
    return sum(rates)


def _one(maker: Maker, work: Work, threads: int, ready: "multiprocessing.Barrier", _: int) -> float:
    device = choose(0, threads)
    loop = maker(work, device)
    loop.step()
    ready.wait()
    return steps_a_second(loop, device) * work.read * work.seeds
