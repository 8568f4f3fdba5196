"""What the tests of this folder share: children that can be killed, whole files, and the counts that are told at the end."""

import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from reversal import tables
from reversal.errors import ReversalError
from reversal.train import keeper
from reversal.train.checkpoint import DAMAGED
from tests.blocks import Block
from tests.runs import BILINEAR, FAMILIES, cell

STEPS = 60
SEEDS = (3, 8)
TIMES = 10
CELLS = {name: (change,) for name, change in FAMILIES.items()} | {"bilinear": BILINEAR}


@pytest.fixture
def draws(request):
    """Random moments and lengths: others in each test, the same in each run."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(params=CELLS)
def family(request):
    """A kind of training."""
    return request.param


@pytest.fixture
def whole(tmp_path, request) -> Block:
    """A training that nobody disturbs."""
    change = CELLS[request.getfixturevalue("family") if "family" in request.fixturenames else "MDM"]
    (tmp_path / "whole").mkdir()
    block = Block(tmp_path / "whole", cell(*change, steps=STEPS), SEEDS)
    block.train()
    return block


def child(block: Block) -> multiprocessing.Process:
    """Train a block in a process of its own that saves its state at every step."""

    def run() -> None:
        keeper.SHARE = float("inf")
        try:
            block.train(every=0.0)
        except ReversalError as error:
            print(error)
            os._exit(error.status)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process


def torn(folder: Path) -> list[str]:
    """What is wrong with the files that stand under their own names; none may be half of one."""
    files = [path for path in sorted(folder.rglob("*")) if not path.name.startswith(".") and path.is_file()]
    return [line for path in files for line in _torn(path)]


def _torn(path: Path) -> list[str]:
    before = _inode(path)
    try:
        _read(path)
    except (ReversalError, ValueError, *DAMAGED) as error:
        if (
            before is not None and _inode(path) == before
        ):  # else it was replaced or let go while it was read, and readers open it twice
            return [f"{path}: {error}"]
    return []


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _read(path: Path) -> None:
    if path.suffix == ".parquet":
        tables.read(path, path.stem)
    elif path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    else:
        load_file(path)
