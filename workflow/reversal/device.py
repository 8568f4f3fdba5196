"""How arrays get onto a job's device, how many seeds fit it, and what makes its products the same everywhere.

MKL splits small products differently for different numbers of threads unless it is told not to (its
"conditional numerical reproducibility"); it reads the variable at its first product.
"""

import contextlib
import ctypes
import os

os.environ.setdefault("MKL_CBWR", "AUTO")

# Linux hands out memory in pages of 4 KB. Tensors of some hundred MB, which are given back at every step, take as long to
# be handed out as to be worked on; PyTorch asks for pages of 2 MB if this says so at its first tensor.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

# glibc hands memory back to the system and asks for it anew at every step, page by page: let it keep up to 1 GB.
with contextlib.suppress(AttributeError, TypeError):  # other C libraries have other ways
    TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
    ctypes.CDLL(None).mallopt(TRIM_THRESHOLD, 1 << 30)
    ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, 1 << 25)

import numpy as np
import torch

torch.set_float32_matmul_precision("highest")


def tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    """A copy of an array on a device."""
    return torch.from_numpy(np.array(array, order="C")).to(device)


def chunk(seeds: int, floats: float, device: torch.device, held: float = 0) -> int:
    """How many seeds of a block to work on at once.

    Args:
        seeds: in the block.
        floats: numbers that one seed goes through in a step.
        device: a GPU takes what fits half of its free memory, a CPU what stays near its caches.
        held: numbers that one seed keeps all the time: parameters, what the optimiser remembers of them, copies.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, min(seeds, int(free / 2 / (4 * (floats + held)))))
    return max(1, min(seeds, int(CPU_FLOATS / floats), int(CPU_HELD / max(held, 1))))


CPU_FLOATS = 4e6
CPU_HELD = 2.5e8
"""1 GB: no stack of large models pays on a CPU."""
