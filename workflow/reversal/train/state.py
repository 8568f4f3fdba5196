"""Training state: what a job that was killed goes on from. It lies in `results/<study>/.state/<fingerprint>/`, undeclared.

A folder belongs to one training, named by the fingerprint of its settings, seeds, text and code:

    training.json                           what the fingerprint is made of, and of which outputs
    <number>.safetensors                    points to go on from; the two newest are kept
    checkpoints/<chunk>-<number>.safetensors   the checkpoints made before that

Every file is written under a temporary name, synced and renamed, so that two jobs may write at once and a killed
one leaves no half. No generator has a state to keep: every draw is a function of seed and step.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint
from reversal.tables import replacing
from reversal.train import checkpoint
from reversal.train.checkpoint import Checkpoint
from reversal.train.history import History, Moment

log = logging.getLogger(__name__)

VERSION = "2"
"""Of the files; another one's are left alone."""
LABEL = "training.json"
KEPT = 2
"""Points that stay: the newest, and the one before it."""


class Point(NamedTuple):
    """Where a training can go on."""

    chunk: int
    """Which chunk of the block's seeds is in training; those before it are done."""
    size: int
    """Seeds a chunk."""
    step: int
    """To be taken next."""
    seconds: float
    """That the chunk has trained."""
    tensors: Mapping[str, torch.Tensor]
    """Parameters and optimiser."""
    history: History
    """Of all chunks so far."""


class Store:
    """The state of one training on disk."""

    def __init__(self, states: Path, identity: Mapping[str, Any], outputs: str) -> None:
        """Name the folder; nothing is written yet.

        Args:
            states: `results/<study>/.state`.
            identity: JSON-able parts of what makes two trainings the same: settings, seeds, text, code.
            outputs: where the results will lie; not part of what the training is.
        """
        self.identity = identity
        self.outputs = outputs
        self.fingerprint = fingerprint(identity)
        self.folder = states / self.fingerprint
        self.written: list[Path] = []

    def newest(self, checkpoints: Sequence[int]) -> Point | None:
        """The newest point that is whole, with every checkpoint before it; None where there is none.

        Args:
            checkpoints: the steps that are kept, ascending.
        """
        for path in sorted(self.folder.glob("*.safetensors"), key=_number, reverse=True):
            try:
                point = self._read(path)
                for chunk, number in made_before(point, checkpoints):
                    checkpoint.check(self.checkpoint(chunk, number))
            except ReversalError as error:
                log.warning("state not used: %s", error)
            else:
                return point
        return None

    def save(self, point: Point, checkpoints: Mapping[tuple[int, int], Checkpoint]) -> None:
        """Write the checkpoints that are not there yet, then the point; then let the oldest point go.

        Raises:
            ReversalError: the folder cannot be written or the disk is full; what was saved before stays.
        """
        label = self.folder / LABEL
        if not label.exists():
            with replacing(label) as temporary:
                record = {"outputs": self.outputs, **self.identity}
                temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        for (chunk, number), made in checkpoints.items():
            checkpoint.save(self.checkpoint(chunk, number), made)
        path = self.folder / f"{self._next()}.safetensors"
        self._write(path, point)
        self.written.append(path)
        for old in self.written[:-KEPT]:
            old.unlink(missing_ok=True)

    def checkpoint(self, chunk: int, number: int) -> Path:
        """Where a chunk's checkpoint lies."""
        return self.folder / "checkpoints" / f"{chunk}-{number}.safetensors"

    def strangers(self) -> Iterator[str]:
        """A line for each state that is of the same outputs and of another training."""
        for path in sorted(self.folder.parent.glob(f"*/{LABEL}")):
            other = _label(path)
            if path.parent != self.folder and other.get("outputs") == self.outputs:
                parts = ", ".join(name for name, part in self.identity.items() if other.get(name) != part)
                yield f"state not used: {path.parent}: of these runs with other {parts}; it may be deleted"

    def _next(self) -> int:
        """Above every number that is there, whoever wrote it."""
        return 1 + max(map(_number, self.folder.glob("*.safetensors")), default=0)

    def _write(self, path: Path, point: Point) -> None:
        tensors = {name: value.detach().cpu().contiguous() for name, value in point.tensors.items()}
        where = {"chunk": point.chunk, "size": point.size, "step": point.step, "seconds": point.seconds}
        metadata = {
            "version": VERSION,
            "fingerprint": self.fingerprint,
            "where": json.dumps(where),
            "history": json.dumps([_plain(seeds, moment) for seeds, moment in point.history]),
        }
        with replacing(path) as temporary:
            try:
                save_file(tensors, temporary, metadata=metadata)
            except SafetensorError as error:  # how this library says that the disk is full
                raise OSError(str(error)) from None

    def _read(self, path: Path) -> Point:
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                self._belongs(path, metadata)
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        except checkpoint.DAMAGED as error:
            raise ReversalError(f"{path}: cannot be read ({error}); the one before it is tried") from None
        history = [_moment(*row) for row in json.loads(metadata["history"])]
        return Point(**json.loads(metadata["where"]), tensors=tensors, history=history)

    def _belongs(self, path: Path, metadata: Mapping[str, str]) -> None:
        version, owner = metadata.get("version"), metadata.get("fingerprint")
        if version != VERSION:
            raise ReversalError(f"{path}: is of version {version}, and this code reads {VERSION}; it is left alone")
        if owner != self.fingerprint:
            raise ReversalError(f"{path}: belongs to the training {owner}, not to {self.fingerprint}; it is left alone")


def made_before(point: Point, checkpoints: Sequence[int]) -> list[tuple[int, int]]:
    """(chunk, number) of every checkpoint that was made before a point."""
    earlier = [(chunk, number) for chunk in range(point.chunk) for number in range(len(checkpoints))]
    return earlier + [(point.chunk, number) for number, step in enumerate(checkpoints) if step < point.step]


def forget(states: Path, outputs: Path) -> None:
    """Clean every state of outputs that all which depends on them has been made from."""
    for path in states.glob(f"*/{LABEL}"):
        if _label(path).get("outputs") == str(outputs):
            shutil.rmtree(path.parent, ignore_errors=True)


def _label(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # cleaned by its owner this moment, or no state of ours
        return {}


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdecimal() else -1


def _plain(seeds: Sequence[int], moment: Moment) -> list[Any]:
    """A row as JSON keeps it: every number comes back as it was."""
    return [list(seeds), [part.tolist() if isinstance(part, np.ndarray) else part for part in moment]]


def _moment(seeds: Sequence[int], row: Sequence[Any]) -> tuple[tuple[int, ...], Moment]:
    step, query, loss, nll, accuracy, stopped, rate, seconds = row
    arrays = (np.array(values, dtype=np.float32) for values in (loss, nll, accuracy))
    return tuple(seeds), Moment(step, query, *arrays, np.array(stopped, dtype=bool), rate, seconds)
