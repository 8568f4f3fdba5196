"""How fast a loop trains, and how fast the same cores or card multiply matrices."""

import time

import torch

from bench.loops.work import Loop

SECONDS = 0.4
"""Of one timing; at least two steps are taken."""
SIDE, PRODUCTS = 1024, 12


def steps_a_second(loop: Loop, device: torch.device) -> float:
    """Optimiser steps a second, two steps of warming up left out."""
    for _ in range(2):
        loop.step()
    wait(device)
    start, taken = time.perf_counter(), 0
    while taken < 2 or time.perf_counter() - start < SECONDS:
        loop.step()
        taken += 1
        if device.type == "cuda" and taken % 10 == 0:
            wait(device)
    wait(device)
    return taken / (time.perf_counter() - start)


def multiplying(device: torch.device) -> float:
    """Floating-point operations a second of square products in single precision, the best of several."""
    one, other = (torch.randn(SIDE, SIDE, device=device) for _ in range(2))
    took = []
    for _ in range(PRODUCTS):
        wait(device)
        start = time.perf_counter()
        one @ other
        wait(device)
        took.append(time.perf_counter() - start)
    return 2 * SIDE**3 / min(took)


def wait(device: torch.device) -> None:
    """Until the card has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
