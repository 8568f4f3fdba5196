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


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "processor unknown")
