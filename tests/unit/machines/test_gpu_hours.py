"""Arithmetic of GPU hours, against counts that can be done by hand and files that were really written."""

import dataclasses

import pytest

from reversal.machines import gpu_hours
from reversal.machines.gpu_hours import LAUNCH, UTILISATION
from reversal.machines.gpus import GPUS, Gpu
from reversal.study import load
from reversal.train import checkpoint
from tests.blocks import Block
from tests.configs import read_config
from tests.runs import cell

PAPER = load(read_config("workflow/scales/paper.yaml"))
WEIGHTS = 24 * 12 * 768**2
"""Of P1's model in its layers' matrices."""


def test_p1s_training_by_hand():
    """18,000 steps of 64 sentences of 3 tokens: 6 operations a weight and token, 10 passes over 4 bytes a parameter."""
    arm, gpu = PAPER.cells["paper_arm"], GPUS["a100"]
    operations = 6 * (WEIGHTS + 802 * 768) * 64 * 3
    passes = 10 * 4 * (WEIGHTS + (804 + 49) * 768 + 32 * 768)
    seconds = (operations / 19.5e12 + passes / 2e12) / UTILISATION
    assert gpu_hours.cost(arm, PAPER, gpu).train == pytest.approx(18_000 * 10 * seconds / 3600, rel=0.001)


def test_no_step_is_faster_than_its_kernels_are_launched():
    settings = PAPER.cells["paper_arm_24_20"].settings
    endless = Gpu(1e30, 1e30, 1e30)
    assert gpu_hours.step_seconds(settings, 5, endless) == gpu_hours.KERNELS * 24 * LAUNCH


def test_further_distances_are_asked_at_the_first_checkpoint_and_the_last():
    """Eight checkpoints and three distances: four queries at each checkpoint; across, two of an MDM and one of an ARM, twice."""
    assert (PAPER.checkpoints, len(PAPER.evaluation["distances"])) == (8, 3)
    assert gpu_hours.queries(PAPER.cells["paper_mdm"], PAPER) == 4 * 8 + 2 * 2 * 3
    assert gpu_hours.queries(PAPER.cells["paper_arm"], PAPER) == 4 * 8 + 2 * 3
    assert gpu_hours.looked_at(PAPER.cells["paper_mdm"], PAPER) == 8 + 2 * 3
    assert gpu_hours.looked_at(PAPER.cells["paper_arm"], PAPER) == 0


def test_what_is_kept_is_what_retention_says():
    by_keep = {
        keep: gpu_hours.cost(PAPER.cells["paper_mdm"], dataclasses.replace(PAPER, keep=keep), GPUS["a100"]).kept
        for keep in ("all", "last", "none")
    }
    checkpoint_bytes = 10 * 2 * 4 * 170.5e6
    assert by_keep["last"] - by_keep["none"] == pytest.approx(checkpoint_bytes, rel=0.001)
    assert by_keep["all"] - by_keep["none"] == pytest.approx(8 * checkpoint_bytes, rel=0.001)


def test_a_checkpoint_has_the_bytes_that_are_reckoned(tmp_path):
    """Against a file: two numbers a parameter and seed; position tables, which are not counted, this model has none."""
    of = cell({"model": {"layers": 2, "mlp": True}}, steps=9)
    block = Block(tmp_path, of, (1, 2))
    block.train()
    found = sum(value.nbytes for part in checkpoint.load(block.kept[1])[2:] for value in part.values())
    small = load({**read_config("workflow/scales/smoke.yaml"), "seeds": {"first": 1, "count": 2, "block": 2}})
    every, none = (
        gpu_hours.cost(of, dataclasses.replace(small, keep=keep), GPUS["a100"]).kept for keep in ("all", "none")
    )
    assert (every - none) / small.checkpoints == found
