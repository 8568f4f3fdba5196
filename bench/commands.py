"""Other programs run and measured: seconds on the clock and of processors, and memory at its highest."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reversal.errors import ReversalError

ROOT = Path(__file__).parent.parent


class Cost(NamedTuple):
    """What one run of a command took."""

    seconds: float
    gigabytes: float
    """Of its largest process."""
    processor: float
    """Seconds that processors spent on it and on all that it started."""


def run(command: Sequence[str], folder: Path) -> Cost:
    """Run a command to its end.

    Raises:
        ReversalError: it fails.
    """
    metered = [sys.executable, str(ROOT / "bench" / "meter.py"), *command]
    done = subprocess.run(metered, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ReversalError(f"{' '.join(command)} failed: {last}")
    seconds, peak, processor = map(float, done.stdout.split())
    return Cost(seconds, peak / 1e9, processor)


def snakemake(folder: Path, *arguments: str, profile: str = "default") -> list[str]:
    """A call of Snakemake that leaves what it makes in a folder of its own."""
    return [
        *(sys.executable, "-m", "snakemake", *arguments),
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--workflow-profile", str(ROOT / "profiles" / profile)),
    ]
