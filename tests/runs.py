"""Small real runs that several tests need: a study cut down, its text, its training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from reversal.data import query, texts
from reversal.data.geometry import vocabulary_size
from reversal.data.pairs import Pairs
from reversal.models.model import Model
from reversal.study import Cell, load
from reversal.train.checkpoint import Checkpoint
from reversal.train.history import Moment
from reversal.train.loop import Training, train
from reversal.train.stage import model_of
from tests.configs import read_config

CPU = torch.device("cpu")

FAMILIES = {
    "MDM": {},
    "MDM, sampled masks": {"objective": {"kind": "mdm", "masks": "sampled"}},
    "MDM, enumerated masks": {"objective": {"kind": "mdm", "masks": "enumerated"}},
    "MLM, learned positions": {"objective": {"kind": "mlm"}, "model": {"position": {"kind": "learned"}}},
    "source-only, T5 bias": {"objective": {"kind": "source_only"}, "model": {"position": {"kind": "t5"}}},
    "target-only, batches": {"objective": {"kind": "target_only"}, "optimisation": {"steps": 12, "batch": 5}},
    "ARM, two layers": {
        "objective": {"kind": "next_token", "loss": "whole"},
        "model": {"attention": "causal", "layers": 2, "mlp": True, "tied": False},
    },
    "by position": {"model": {"query_key": "by_position", "value_output": "by_position"}},
    "MDM, causal": {"model": {"attention": "causal"}},
    "MDM, frozen embeddings": {"model": {"embeddings": "frozen"}},
    "any-order": {"model": {"attention": "causal"}, "objective": {"kind": "any_order"}},
    "any-order, by position, batches": {
        "model": {"attention": "causal", "query_key": "by_position", "value_output": "by_position"},
        "objective": {"kind": "any_order"},
        "optimisation": {"steps": 12, "batch": 5},
    },
    "one-layer theory, ARM": {
        "model": {"kind": "tian", "initial_scale": 0.1},
        "objective": {"kind": "next_token", "loss": "last_entity"},
        "optimisation": {"optimiser": "gradient_descent", "learning_rate": 10, "steps": 12},
    },
    "one-layer theory, MDM": {"model": {"kind": "tian", "attention": "bidirectional", "initial_scale": 0.1}},
}
"""Change of the reference cell for every kind of training."""

BILINEAR = (
    {"like": "bilinear", "data": "facts", "model": {"kind": "bilinear", "width": 16}, "optimisation": {"steps": 12}},
    {"other_pairs": 0, "layout": {"kind": "adjacent"}},
)
"""Change of the cell, and of its text."""


def cell(change: Mapping[str, Any], data: Mapping[str, Any] | None = None, steps: int = 12) -> Cell:
    """The smoke study's reference cell with changes, and few steps."""
    made = read_config("workflow/scales/smoke.yaml")
    made["datasets"]["only"] = {"like": "facts", "pairs": 12, "other_pairs": 4, **(data or {})}
    made["cells"] = {"only": {"like": "reference", "optimisation": {"steps": steps}, **change, "data": "only"}}
    made["experiments"] = {"one": {"cells": ["only"]}}
    made["selected"], made["on_request"] = ["one"], []
    made["checkpoints"] = {"first": 3, "count": 2}
    made["evaluation"] = {"distances": [2, 3], "facts": 4}
    return load(made).cells["only"]


def pairs(of: Cell, seeds: Sequence[int]) -> list[Pairs]:
    """The pairs of each seed."""
    return [texts.of(of.data).draw(seed, of.data) for seed in seeds]


def form(of: Cell) -> query.Form:
    """How the cell's model is asked."""
    return query.form(of.objective, of.trained)


def training(of: Cell, seeds: Sequence[int]) -> Training:
    """All that decides the training of these seeds."""
    text, drawn = texts.of(of.data), pairs(of, seeds)
    return Training(
        seeds=tuple(seeds),
        sentences=np.stack([text.write(run).tokens for run in drawn]),
        word_size=of.data["word_size"],
        vocabulary=vocabulary_size(of.data),
        layout=of.data["layout"],
        objective=of.objective,
        optimisation=of.optimisation,
        checkpoints=of.checkpoints,
        queries=tuple(asked for asked in text.every(drawn, of.data, form(of)) if asked.name in of.trained),
        device=CPU,
    )


def trained(of: Cell, seeds: Sequence[int]) -> tuple[Model, list[Checkpoint], list[Moment]]:
    """The cell's model, its checkpoints and its history."""
    model, history = model_of(of.settings), []
    return model, list(train(model, training(of, seeds), history.append)), history
