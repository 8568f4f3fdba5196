"""What a SLURM cluster offers, as one call of sinfo tells it."""

import re
import subprocess
from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from reversal.errors import ReversalError

FORMAT = "%P|%l|%m|%G"
"""Partition, longest job, memory of a node in MB, generic resources of a node."""

PATIENCE = 120
"""Seconds for an answer: SLURM's own commands try for a minute before they give up."""

RESORT = "see that `scontrol ping` answers on this machine, and start again"


class Nodes(NamedTuple):
    """The nodes of one partition that are alike."""

    partition: str
    default: bool
    """Where jobs go that name no partition."""
    minutes: float
    """The longest job."""
    mem_mb: float
    """What a job can have on one node."""
    gpus: Mapping[str, int]
    """Type → how many on one node; the type is empty where the cluster names none."""


def offered() -> list[Nodes]:
    """All nodes, down ones too: they come back.

    Raises:
        ReversalError: the controller does not answer.
    """
    # Nodes that differ stand on lines of their own (--exact); so do partitions hidden from listings (--all).
    said = ask("sinfo", "--noheader", "--all", "--exact", f"--format={FORMAT}")
    return [_nodes(line) for line in said.splitlines() if line.strip()]


def ask(*command: str) -> str:
    """What a SLURM command prints.

    Raises:
        ReversalError: it fails or does not answer.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise ReversalError(f"{command[0]}: no answer in {PATIENCE} s; {RESORT}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ReversalError(f"{command[0]}: {said[-1].removeprefix(f'{command[0]}: ')}; {RESORT}")
    return done.stdout


def _nodes(line: str) -> Nodes:
    partition, longest, memory, resources = (field.strip() for field in line.split("|"))
    megabytes = int(memory.rstrip("+"))
    return Nodes(
        partition=partition.rstrip("*"),
        default=partition.endswith("*"),
        minutes=_minutes(longest),
        mem_mb=megabytes if megabytes > 1 else inf,  # 1 is what a node has whose memory nobody configured
        gpus=gpus(resources),
    )


def _minutes(limit: str) -> float:
    """From [days-][[hours:]minutes:]seconds, or `infinite`."""
    if not limit[0].isdigit():
        return inf
    days, _, rest = limit.rpartition("-")
    seconds = 0
    for part in rest.split(":"):
        seconds = seconds * 60 + int(part)
    return int(days or 0) * 24 * 60 + seconds / 60


def gpus(resources: str) -> dict[str, int]:
    """Type → count, from generic resources such as `gpu:a100:4(S:0-1),gpu:2,lustre:1`.

    The same form as a job's `gres`.
    """
    found: dict[str, int] = {}
    for resource in re.sub(r"\([^)]*\)", "", resources).split(","):
        name, *rest = resource.split(":")
        if name == "gpu":
            count = int(rest.pop()) if rest and rest[-1].isdigit() else 1
            kind = rest[0] if rest else ""
            found[kind] = found.get(kind, 0) + count
    return found
