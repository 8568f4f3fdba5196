"""The work that every loop does: whole sentences predicted token by token by a causal model of one shape."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
import yaml

from bench import operations
from bench.commands import ROOT
from reversal.data.geometry import sentence_length, vocabulary_size
from reversal.data.stage import generate, read_sentences
from reversal.study import load


@dataclass(frozen=True)
class Shape:
    """A causal transformer with tied embeddings; with MLPs and learned positions, a shape that GPT-2 has too."""

    layers: int
    width: int
    heads: int = 4
    mlp: bool = True
    position: str = "learned"

    def __str__(self) -> str:
        layers = "1 layer" if self.layers == 1 else f"{self.layers} layers"
        return f"{layers}{' + MLP' if self.mlp else ''}, d {self.width}"


@dataclass(frozen=True)
class Work:
    """What is trained: a shape, sentences a step (0 is all of them), and how many seeds."""

    shape: Shape
    batch: int
    seeds: int = 1

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of a cell: the study's matched ARM in this shape, on the reference's text."""
        return cell(self.shape, self.batch)

    @property
    def sentences(self) -> np.ndarray:
        """Tokens, int64 (S, N, L)."""
        return text(self.seeds)

    @property
    def vocabulary(self) -> int:
        """V; the beginning of a sequence is V + 1."""
        return vocabulary_size(self.settings["data"])

    @property
    def read(self) -> int:
        """Sentences of each seed that a step reads."""
        return self.batch or self.sentences.shape[1]

    @property
    def sequences(self) -> int:
        """Sentences of all seeds that a step reads."""
        return self.seeds * self.read

    @property
    def operations(self) -> int:
        """Floating-point operations of a step's products with weights; every token is read and asked."""
        tokens = self.read * sentence_length(self.settings["data"])
        return self.seeds * operations.step(self.settings, tokens, tokens)

    def __str__(self) -> str:
        return f"{self.shape}, batch {self.read}"


class Loop(Protocol):
    """A training under way."""

    work: Work

    def step(self) -> None:
        """One optimiser step of every seed."""


@cache
def cell(shape: Shape, batch: int) -> Mapping[str, Any]:
    """The settings of the one cell of a study that has no other."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    model = {"layers": shape.layers, "width": shape.width, "heads": shape.heads, "mlp": shape.mlp}
    made = {
        "like": "reference",
        "model": {**model, "attention": "causal", "position": {"kind": shape.position}},
        "objective": {"kind": "next_token", "loss": "whole"},
        # A constant rate as in everybody's first loop, and so many steps that no row of the history falls into a timing.
        "optimisation": {"steps": 100_000_000, "batch": batch, "warmup": 0, "final": 1},
    }
    experiments = {"bench": {"cells": ["bench"], "statistics": ["accuracy"], "figures": ["families"]}}
    alone = {"cells": {"bench": made}, "experiments": experiments, "selected": ["bench"], "on_request": []}
    return load({**copy.deepcopy(study), **alone, "language": {}, "claims": []}).cells["bench"].settings


@cache
def text(seeds: int) -> np.ndarray:
    """The reference's sentences of exploration seeds 0, 1, …, int64 (S, N, L)."""
    with TemporaryDirectory() as name:
        return read_sentences(written(Path(name), range(seeds))[1], range(seeds))


def written(folder: Path, seeds: range) -> tuple[Path, Path]:
    """Pairs and sentences of the reference's text, in a folder."""
    paths = folder / "pairs.parquet", folder / "sentences.parquet"
    generate(cell(Shape(1, 64), 0)["data"], seeds, *paths)
    return paths


def batches(work: Work, seed: int, device: torch.device) -> Iterator[torch.Tensor]:
    """One seed's sentences behind a beginning token, (batch, 1 + L), step by step; parts of them in a new order every epoch."""
    begun = F.pad(torch.from_numpy(work.sentences[seed]), (1, 0), value=work.vocabulary + 1).to(device)
    draw = torch.Generator().manual_seed(seed)
    while work.read == len(begun):
        yield begun
    while True:
        order = torch.randperm(len(begun), generator=draw).to(device)
        for start in range(0, len(order) - work.read + 1, work.read):
            yield begun[order[start : start + work.read]]
