"""Where it was measured: a number without its machine says nothing."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch


def described() -> str:
    """Processor, cores, memory, GPU and versions, in two lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    versions = ", ".join(f"{name} {version(name)}" for name in ("snakemake", "torch", "numpy"))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {gpu}\n"
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}"
    )


def available() -> float:
    """Bytes of memory that a new process could have: free ones, and those of files that may be read again."""
    told = Path("/proc/meminfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    kilobytes = (int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    return next(kilobytes, 0) * 1024 or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "processor unknown")
