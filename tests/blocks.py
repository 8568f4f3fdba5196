"""A block of a cell on disk: its text, its training in this process or in one of its own, and what came of it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from reversal import tables
from reversal.data.stage import generate
from reversal.fingerprint import canonical
from reversal.study import Cell
from reversal.train import checkpoint
from reversal.train.interruption import Watch
from reversal.train.stage import Saving, train_block
from tests.configs import ROOT
from tests.runs import CPU


class Block:
    """Outputs in `folder/<outputs>`, states in `folder/.state`; text in `text`, or in `folder` too."""

    def __init__(
        self, folder: Path, of: Cell, seeds: Sequence[int], outputs: str = "train", text: Path | None = None
    ) -> None:
        self.folder, self.of, self.seeds, text = folder, of, tuple(seeds), text or folder
        self.pairs, self.sentences = text / "pairs.parquet", text / "sentences.parquet"
        self.outputs = folder / outputs
        self.history, self.timing = self.outputs / "history.parquet", self.outputs / "timing.parquet"
        self.run = self.outputs / "run.json"
        self.kept = [self.outputs / f"{number}.safetensors" for number in range(len(of.checkpoints))]
        self.states = folder / ".state"
        if not self.pairs.exists():
            generate(of.data, seeds, self.pairs, self.sentences)

    def train(self, watch: Watch | None = None, every: float = 1e9, code: str = "this code") -> None:
        """Train it here."""
        saving = Saving(self.states, code, every, watch or Watch())
        paths = (self.pairs, self.sentences, self.history, self.timing, self.run, self.kept)
        train_block(self.of.settings, self.of.trained, self.seeds, *paths, CPU, saving)

    def beside(self, folder: Path) -> "Block":
        """The same training in another folder."""
        return Block(folder, self.of, self.seeds, text=self.folder)

    def start(self, *more: str, every: float = 1e9, environment: Mapping[str, str] = {}) -> subprocess.Popen:
        """Train it in a process of its own, by the command that a rule would call."""
        command = [
            *(sys.executable, "-m", "reversal", "train", "--settings", canonical(self.of.settings)),
            *("--trained", *self.of.trained, "--seeds", *map(str, self.seeds)),
            *("--pairs", str(self.pairs), "--sentences", str(self.sentences)),
            *("--history", str(self.history), "--timing", str(self.timing), "--run", str(self.run)),
            *("--checkpoints", *map(str, self.kept)),
            *("--states", str(self.states), "--code", "this code", "--save-every", str(every), *more),
        ]
        here = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), **environment}
        return subprocess.Popen(command, env=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def wait_for_point(self, job: subprocess.Popen) -> None:
        """Until it has saved once."""
        while not self.points():
            assert job.poll() is None, job.communicate()[1]
            time.sleep(0.01)

    def points(self) -> list[Path]:
        """Its saved points, the oldest first."""
        return sorted(self.states.glob("*/*.safetensors"), key=lambda path: int(path.stem))

    def results(self) -> tuple[list[dict[str, torch.Tensor]], np.ndarray]:
        """All checkpoints, and all history."""
        made = [checkpoint.load(path) for path in self.kept]
        rows = tables.read(self.history, "history").to_pandas()
        weights = [c.parameters | {f"update {name}": value for name, value in c.update.items()} for c in made]
        return weights, rows.drop(columns="query").to_numpy(dtype=np.float64)


def assert_same(one: Block, other: Block) -> None:
    """The results of two blocks agree bit for bit."""
    (weights, rows), (other_weights, other_rows) = one.results(), other.results()
    assert len(weights) == len(other_weights) > 1
    for made, other_made in zip(weights, other_weights, strict=True):
        assert made.keys() == other_made.keys()
        for name, value in made.items():
            assert torch.equal(value, other_made[name]), name
    np.testing.assert_array_equal(rows, other_rows)
