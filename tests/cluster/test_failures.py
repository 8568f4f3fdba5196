"""What befalls jobs on a cluster, and Snakemake itself; each with one training job, and no result lost or torn."""

import os
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

from reversal import paths
from tests.cluster.conftest import SlurmClone, wait_for
from tests.workflow.conftest import SMOKE

pytestmark = pytest.mark.cluster

CELL, BLOCK = "dose_2", "0-1"
HISTORY = "results/smoke/" + paths.HISTORY.format(cell=CELL, block=BLOCK)


def log_of(clone: SlurmClone) -> str:
    return (clone.results / f"logs/train/{CELL}/{BLOCK}.log").read_text(encoding="utf-8")


def history(clone) -> pd.DataFrame:
    return pd.read_parquet(clone.folder / HISTORY)


def test_a_training_whose_time_runs_out_resumes_and_finishes(clone, overlay):
    """One minute for the first attempt, of which it may use half; held up for longer than that, on any machine."""
    longer = overlay({"settings": {"reference": {"optimisation": {"steps": 10000}}}})
    time_for = "train_block:runtime=1 if attempt == 1 else 60"
    command = [HISTORY, "--set-resources", time_for, "train_block:save_every=1", *of_profile(clone)]
    snakemake = clone.start(*command, overlays=(SMOKE, longer))
    training = wait_for(lambda: training_process(clone), "the training to begin")
    os.kill(training, signal.SIGSTOP)
    time.sleep(32)
    os.kill(training, signal.SIGCONT)
    assert snakemake.wait(timeout=300) == 0, clone.said[-4000:]
    (first, minute), (second, hour) = clone.jobs("State", "Timelimit")
    assert first in ("FAILED", "TIMEOUT")  # it stopped by itself; or SLURM was faster, where all else is slow
    assert (minute, second, hour) == ("00:01:00", "COMPLETED", "01:00:00")
    assert "resuming at step" in log_of(clone)
    assert set(history(clone)["step"]) >= {0, 10000}


def training_process(clone: SlurmClone) -> int | None:
    """The process that trains, once it has saved what it can go on from: the first line of its log may come too late."""
    if not any((clone.results / paths.STATES).glob("*/*.safetensors")):
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[1:4] == [b"-m", b"reversal", b"train"] and (process / "cwd").readlink() == clone.folder:
                return int(process.name)
        except OSError:  # it has just ended
            continue
    return None


def test_a_training_over_its_memory_gets_more(clone, at_home):
    """Snakemake twice and torch need more than 450 MB, and less than 1350."""
    status = clone.on_cluster(HISTORY, "--set-resources", "train_block:mem_mb=450 * attempt", *of_profile(clone))
    assert status == 0, clone.said[-4000:]
    rows = clone.jobs("State", "ReqMem")
    assert rows[0] == ["FAILED", "450M"]
    assert rows[-1][0] == "COMPLETED"
    assert rows[-1][1] == f"{450 * len(rows)}M"
    kept = next((clone.folder / "logs/slurm/rule_train_block").rglob("*.log"))
    assert "exceeded memory limit" in kept.read_text(encoding="utf-8")
    pd.testing.assert_frame_equal(history(clone), history(at_home))


def test_a_cancelled_training_is_named_and_the_next_run_is_clean(clone, at_home):
    """One of two that share an array; the other is neither lost nor blamed."""
    both = [HISTORY, HISTORY.replace(CELL, "dose_4")]
    snakemake = clone.start(*both, "--retries", "0")
    task = clone.running_job("train_block")
    clone.ask("scancel", task)
    assert snakemake.wait(timeout=300) != 0
    assert "_" in task
    assert f"SLURM-job '{task}' failed, SLURM status is: 'CANCELLED" in clone.said
    assert clone.said.count("failed, SLURM status is") == 1
    assert sum((clone.folder / path).exists() for path in both) == 1
    assert clone.planned(*both) == {"train_block": 1}
    assert clone.on_cluster(*both) == 0, clone.said[-4000:]
    pd.testing.assert_frame_equal(history(clone), history(at_home))


def test_a_killed_snakemake_is_started_again_beside_the_job_that_it_left(clone, at_home):
    """Nobody cancels the orphan: it and its successor both train and both write."""
    snakemake = clone.start(HISTORY)
    orphan = clone.running_job("train_block")
    snakemake.send_signal(signal.SIGKILL)
    snakemake.wait(timeout=60)
    assert clone.snakemake("--unlock").returncode == 0
    assert clone.on_cluster(HISTORY) == 0, clone.said[-4000:]
    wait_for(lambda: orphan not in clone.ask("squeue", "--noheader", "--format=%i").split(), "the orphan to end")
    pd.testing.assert_frame_equal(history(clone), history(at_home))
    assert clone.planned(HISTORY) == {}


def of_profile(clone: SlurmClone) -> list[str]:
    """The profile's own resources: whatever is set on the command line takes the place of all that it sets."""
    return [f"train_block:slurm_partition='{clone.settings.gpu_partition}'", "train_block:gpu=1"]
