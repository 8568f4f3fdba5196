"""`python -m bench.grown WORK GIVEN OUTPUT`: a piece of work at growing sizes, in a process whose memory is its own.

GIVEN are the arguments of `grow` but the first, and OUTPUT gets what it returns, both as JSON.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes that ru_maxrss counts in; `meter`, which imports nothing so as to stay small, has it too."""


def grow(
    work: Callable[..., dict[str, float]], of: str, sizes: Sequence[int], rounds: int, fixed: Mapping[str, int]
) -> list[list[dict[str, float]]]:
    """What the work tells of itself, by round and size, and in the first round the memory (GB) at its highest so far.

    The sizes take turns, so that a machine that slows down for a minute does so for all of them alike.

    Args:
        work: `work` of a module of `bench.growing`.
        of: its argument that grows.
        sizes: ascending: the highest memory so far is that of the largest.
        rounds: how often.
        fixed: arguments that do not grow.
    """
    first = [{**work(**{of: size}, **fixed), "memory": peak()} for size in sizes]
    return [first, *([work(**{of: size}, **fixed) for size in sizes] for _ in range(rounds - 1))]


def peak() -> float:
    """GB of this process at their highest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e9


if __name__ == "__main__":
    name, given, output = sys.argv[1:]
    found = grow(import_module(f"bench.growing.{name}").work, **json.loads(given))
    Path(output).write_text(json.dumps(found), encoding="utf-8")
