"""Small commands in a folder of their own, for a PATH that is known to the last entry."""

import shutil
from pathlib import Path

SYSTEM = (
    "bash",
    "cat",
    "env",
    "grep",
    "head",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sh",
    "tail",
    "touch",
    "uname",
    "which",
)
"""What Snakemake and the rules call, SLURM's plugin included."""


def system(folder: Path) -> Path:
    """A folder with the system's tools and no SLURM, whatever is installed here."""
    folder.mkdir()
    for name in SYSTEM:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def command(folder: Path, name: str, text: str = "") -> Path:
    """A shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
