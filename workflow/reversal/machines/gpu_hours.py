"""What a study takes on a GPU that is not here: by arithmetic from stated rates, where `estimate` would else take steps.

An estimate, good to a factor of two: operations over a stated share of the GPU's peak, plus bytes over the same share
of its bandwidth, and never less than launching the kernels takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reversal import registry
from reversal.data.geometry import sentence_length, sentences
from reversal.machines.gpus import Gpu
from reversal.models.size import held_in_training, multiplied, parameters
from reversal.study import Cell, Study

UTILISATION = 0.4
"""Share of either peak that small batches reach; assumed, not measured."""
KERNELS = 80
"""Kernels a layer and step, there and back; counted by hand."""
LAUNCH = 6e-6
"""Seconds to launch one; assumed."""
ROW = {"attention": 22, "queries": 40, "weights": 22}
"""Bytes a row on disk, as the default study's tables have them."""


@dataclass(frozen=True)
class Cost:
    """Of all runs of one cell."""

    train: float
    """GPU hours."""
    evaluate: float
    """GPU hours."""
    gpu: float
    """Bytes of GPU memory that a block takes in training, if the GPU has as much; else it trains in chunks."""
    kept: float
    """Bytes on disk when all is done: checkpoints that stay, and tables."""
    passing: float
    """Bytes on disk of one block that is trained and not yet evaluated: checkpoints, and the states with theirs."""


def cost(cell: Cell, study: Study, gpu: Gpu) -> Cost:
    """What the runs of a cell take."""
    blocks, seeds = len(study.blocks), len(study.blocks[0].seeds)
    weights = 4.0 * parameters(cell.settings)
    checkpoint = 2 * weights
    state = study.checkpoints * checkpoint + 2 * 3 * weights
    return Cost(
        train=blocks * cell.optimisation["steps"] * step_seconds(cell.settings, seeds, gpu) / 3600,
        evaluate=len(study.seeds) * evaluation_seconds(cell, study, gpu) / 3600,
        gpu=4.0 * held_in_training(cell.settings) * seeds,
        kept=len(study.seeds) * (len(study.kept) * checkpoint + tables(cell, study)),
        passing=seeds * (study.checkpoints * checkpoint + state),
    )


def step_seconds(settings: Mapping[str, Any], seeds: int, gpu: Gpu) -> float:
    """One training step of a stack of seeds: 6 operations a weight and token; 10 passes over the parameters."""
    tokens = (settings["optimisation"]["batch"] or sentences(settings["data"])) * sentence_length(settings["data"])
    compute = 6 * multiplied(settings) * tokens / gpu.operations
    memory = 10 * 4 * parameters(settings) / gpu.bandwidth
    return max(seeds * (compute + memory) / UTILISATION, KERNELS * settings["model"].get("layers", 1) * LAUNCH)


def evaluation_seconds(cell: Cell, study: Study, gpu: Gpu) -> float:
    """All checkpoints of one seed: every query once there, and the gradients there and back in double precision."""
    settings, pairs = cell.settings, cell.data["pairs"]
    token = 2.0 * multiplied(settings) * sentence_length(cell.data)
    asked = (queries(cell, study) + 2 * looked_at(cell, study)) * pairs * token
    slopes = (2 * 3 + 4) * pairs * token
    own = 2 * study.evaluation["facts"]
    gradients = (slopes + own * 3 * token) / gpu.double + own * 4 * 8 * parameters(settings) / gpu.bandwidth
    return (asked / gpu.operations + study.checkpoints * gradients) / UTILISATION


def tables(cell: Cell, study: Study) -> float:
    """Bytes of the tables of one run."""
    model, pairs = cell.model, cell.data["pairs"]
    scored = min(study.evaluation["scored_pairs"] or pairs, pairs) * model.get("layers", 0) * model.get("heads", 0)
    return (
        ROW["attention"] * scored * looked_at(cell, study)
        + ROW["queries"] * pairs * queries(cell, study)
        + ROW["weights"] * pairs * study.checkpoints
    )


ENDS = 2
"""Checkpoints at which further distances are asked: the first and the last."""


def queries(cell: Cell, study: Study) -> int:
    """Times that a run's pairs are asked.

    `source`, `target`, `reverse` and a wrong frame at every checkpoint; at further distances `reverse`, and `source` of
    masked models, at both ends.
    """
    across = len(study.evaluation["distances"]) * (1 + _masked(cell))
    return 4 * study.checkpoints + ENDS * across


def looked_at(cell: Cell, study: Study) -> int:
    """Times that the attention of a run's two queries is looked at: at every checkpoint, at further distances at both ends."""
    return _masked(cell) * (study.checkpoints + ENDS * len(study.evaluation["distances"]))


def _masked(cell: Cell) -> bool:
    return not registry.literals("train.objectives", cell.objective["kind"])["FOLLOWS"]
