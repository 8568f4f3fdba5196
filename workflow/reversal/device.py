"""Where a job computes, and with how many threads: never part of the science.

MKL splits small products differently for different numbers of threads unless it is told not to (its
"conditional numerical reproducibility"); it reads the variable at its first product.
"""

import os

os.environ.setdefault("MKL_CBWR", "AUTO")

import numpy as np
import torch

from reversal.errors import ReversalError

VARIABLE = "REVERSAL_ON_MISSING_GPU"


def choose(gpus: int, threads: int) -> torch.device:
    """The device of a job that was given so many GPUs and threads.

    Raises:
        ReversalError: a GPU was asked for and there is none, unless REVERSAL_ON_MISSING_GPU=cpu allows the CPU.
    """
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("highest")
    if not gpus:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if os.environ.get(VARIABLE) == "cpu":
        return torch.device("cpu")
    raise ReversalError(
        f"gpu: {gpus} asked for and no GPU is to be seen here; use a profile without GPUs, or allow the CPU with {VARIABLE}=cpu"
    )


def tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    """A copy of an array on a device."""
    return torch.from_numpy(np.array(array, order="C")).to(device)


def chunk(seeds: int, floats: float, device: torch.device) -> int:
    """How many seeds of a block to work on at once.

    Args:
        seeds: in the block.
        floats: numbers that one seed keeps in memory in a step.
        device: a GPU takes what fits half of its free memory, a CPU what stays near its caches.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, min(seeds, int(free / 2 / (4 * floats))))
    return max(1, min(seeds, int(CPU_FLOATS / floats)))


CPU_FLOATS = 4e6
