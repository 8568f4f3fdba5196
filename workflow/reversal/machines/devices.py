"""Which device and how many threads a job computes with: never part of the science, nor of the digest of a stage's code.

Snakemake's `gpu` is a counter: two jobs that run side by side on two GPUs would both take the first. So where more
GPUs are to be seen than were asked for, a job claims one by a lock that ends with its process, however it ends. Under
SLURM a job sees its own GPUs alone and claims nothing.
"""

import logging
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from reversal.errors import ReversalError

if TYPE_CHECKING:
    import torch

VARIABLE = "REVERSAL_ON_MISSING_GPU"
CLAIMS = Path(tempfile.gettempdir()) / f"reversal-gpus-{os.getuid()}"
"""Of this machine and this user: others' locks could not be opened."""

POLL = 1.0
"""Seconds between two looks for a GPU that has become free."""

_held: dict[str, FileLock] = {}
"""A lock that nothing refers to is given back, so the process keeps it here."""


def choose(gpus: int, threads: int) -> "torch.device":
    """The device of a job that was given so many GPUs and threads; a job computes on one GPU.

    Raises:
        ReversalError: a GPU was asked for and there is none, unless REVERSAL_ON_MISSING_GPU=cpu allows the CPU.
    """
    import torch

    torch.set_num_threads(threads)
    if not gpus:
        return torch.device("cpu")
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found >= gpus:
        device = torch.device("cuda", claim(_identities(found)) if found > gpus else 0)
        torch.cuda.set_device(device)  # what names no device must not wake the first GPU, another job's
        return device
    if cpu_allowed():
        return torch.device("cpu")
    raise ReversalError(missing(gpus, found))


def cpu_allowed() -> bool:
    """Whether a job whose GPU is missing may compute on the CPU."""
    return os.environ.get(VARIABLE) == "cpu"


def missing(gpus: int, found: int) -> str:
    """What to say when fewer GPUs are there than were asked for."""
    seen = f"only {found} to be seen here" if found else "no GPU is to be seen here"
    return f"gpu: {gpus} asked for and {seen}; use a profile without GPUs, or allow the CPU with {VARIABLE}=cpu"


def claim(identities: Sequence[str]) -> int:
    """The place in `identities` of a GPU that is this process's own until it ends; waits while all are taken.

    Raises:
        ReversalError: the folder of the locks cannot be written.
    """
    said = False
    while True:
        for index, identity in enumerate(identities):
            if identity in _held or (not _held and _takes(identity)):
                return index
        if not said:
            logging.getLogger(__name__).info("waiting for a GPU: other jobs hold all %d", len(identities))
            said = True
        time.sleep(POLL)


def _takes(identity: str) -> bool:
    """Whether the GPU was free and now is this process's own."""
    lock = FileLock(CLAIMS / f"{identity}.lock")
    try:
        CLAIMS.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        return False
    except OSError as error:
        raise ReversalError(
            f"{CLAIMS}: GPUs cannot be claimed there ({error.strerror}); set TMPDIR to a folder that can be written"
        ) from None
    _held[identity] = lock
    return True


def _identities(found: int) -> list[str]:
    """What tells the GPUs of this machine apart, in whatever order a process sees them."""
    import torch

    return [str(torch.cuda.get_device_properties(index).uuid) for index in range(found)]
