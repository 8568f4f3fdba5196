"""Which type of GPU a job gets where a site has several: the smallest that holds what the job needs.

The site's profile says in an environment variable what there is; rules say what a job needs and know no types.
"""

import os
from collections.abc import Mapping

from reversal.errors import ReversalError

OFFERED = "REVERSAL_GPU_MEMORY"
"""Types and the MB that one GPU of each has: `a100=80000,h200=141000`."""


def fitting(needed: int, environment: Mapping[str, str] = os.environ) -> str | None:
    """The type of least memory that has so many MB; None where the profile names no types.

    Raises:
        ReversalError: none has so many.
    """
    pairs = (pair.split("=") for pair in environment.get(OFFERED, "").split(",") if pair)
    offered = {kind: int(memory) for kind, memory in pairs}
    enough = {kind: memory for kind, memory in offered.items() if memory >= needed}
    if offered and not enough:
        most = max(offered, key=offered.__getitem__)
        raise ReversalError(
            f"gpu_memory: {needed} MB, and the largest GPU here, {most}, has {offered[most]}; "
            "ask for more GPUs with device_map: auto and less of each, or take numbers that need less (dtype, probe.layers)"
        )
    return min(enough, key=enough.__getitem__, default=None)
