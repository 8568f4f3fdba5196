"""Checkpoints: parameters of all seeds of a block at one step, and the step that the optimiser takes from there.

Safetensors, with the leading axis in the order of `seeds`; step and seeds stand in the file's own metadata.
The same checkpoint is the same file, byte for byte: by its bytes Snakemake tells whether to evaluate it again.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from reversal.errors import ReversalError
from reversal.fingerprint import canonical
from reversal.models.position import Parameters
from reversal.tables import replacing

UPDATE = "update."
METADATA = "checkpoint"
"""The one entry of a file's metadata: safetensors writes several in another order each time."""
DAMAGED = (SafetensorError, OSError, RuntimeError)
"""How a file that is cut, not there, or going away while it is opened is told; the last is torch's own."""


class Checkpoint(NamedTuple):
    """One checkpoint of a block."""

    step: int
    seeds: tuple[int, ...]
    parameters: Parameters
    """Name → (S, …)."""
    update: Parameters
    """What the optimiser adds to the trained parameters next, name → (S, …)."""


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write one checkpoint under a temporary name, then rename it."""
    tensors = checkpoint.parameters | {UPDATE + name: value for name, value in checkpoint.update.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = canonical({"step": checkpoint.step, "seeds": checkpoint.seeds})
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, metadata={METADATA: metadata})
        except SafetensorError as error:  # how this library says that the disk is full
            raise OSError(str(error)) from None


def load(path: Path, part: slice = slice(None)) -> Checkpoint:
    """Read one checkpoint, or a part of its seeds.

    Raises:
        ReversalError: it is missing or damaged.
    """
    with _opened(path) as file:
        metadata = _metadata(file)
        tensors = {name: file.get_slice(name)[part] for name in file.keys()}  # noqa: SIM118 - no mapping
    return Checkpoint(
        step=metadata["step"],
        seeds=tuple(metadata["seeds"][part]),
        parameters={name: value for name, value in tensors.items() if not name.startswith(UPDATE)},
        update={name.removeprefix(UPDATE): value for name, value in tensors.items() if name.startswith(UPDATE)},
    )


def portions(path: Path, size: int) -> Iterator[Checkpoint]:
    """One checkpoint, so many seeds at a time: all of a block's large models are more than a memory holds.

    Raises:
        ReversalError: it is missing or damaged.
    """
    with _opened(path) as file:
        seeds = len(_metadata(file)["seeds"])
    for start in range(0, seeds, size):
        yield load(path, slice(start, start + size))


def check(path: Path) -> None:
    """Look whether a checkpoint is whole, without reading its weights.

    Raises:
        ReversalError: it is missing or cut short.
    """
    with _opened(path):
        pass


def _metadata(file: Any) -> dict[str, Any]:
    return json.loads(file.metadata()[METADATA])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except DAMAGED as error:
        raise ReversalError(
            f"{path}: checkpoint cannot be read ({error}); delete the file and run `train` again"
        ) from None


def joined(parts: Sequence[Checkpoint]) -> Checkpoint:
    """Chunks of a block, in order, as one checkpoint."""
    return Checkpoint(
        step=parts[0].step,
        seeds=tuple(seed for part in parts for seed in part.seeds),
        parameters={name: torch.cat([part.parameters[name] for part in parts]) for name in parts[0].parameters},
        update={name: torch.cat([part.update[name] for part in parts]) for name in parts[0].update},
    )
