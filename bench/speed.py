"""How fast a loop trains, and how fast the same cores or card multiply matrices."""

import time

import torch

from bench.loops.work import Loop

SECONDS = 0.3
"""Of one timing, in which at least `LEAST` steps are taken."""
LEAST = 2
SIDE, PRODUCTS = 1024, 8


def rate(loop: Loop, device: torch.device, seconds: float = SECONDS) -> float:
    """Sequences × seeds a second, a step of warming up left out."""
    loop.step()
    wait(device)
    start, taken = time.perf_counter(), 0
    while taken < LEAST or time.perf_counter() - start < seconds:
        loop.step()
        taken += 1
    wait(device)
    return taken * loop.work.sequences / (time.perf_counter() - start)


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
