"""Training that is stopped under Snakemake goes on, and its state goes when it has been evaluated."""

import subprocess
import sys
import time

import psutil
import pytest

from reversal import paths
from tests.workflow.conftest import SMOKE, Clone

CELL = {"cell": "bilinear_32", "block": "0-1"}
HISTORY = f"results/smoke/{paths.HISTORY.format(**CELL)}"
QUERIES = f"results/smoke/{paths.EVALUATED.format(**CELL, table='queries')}"
LOG = f"results/smoke/logs/train/{CELL['cell']}/{CELL['block']}.log"
OFTEN = ("--set-resources", "train_block:save_every=0")


@pytest.fixture
def longer(fresh) -> Clone:
    """A clone whose cell trains for some seconds."""
    changes = "settings: {bilinear: {optimisation: {steps: 8000}}}"
    (fresh.folder / "longer.yaml").write_text(changes, encoding="utf-8")
    return fresh


def started(clone: Clone, *arguments: str) -> subprocess.Popen:
    """Snakemake in the background, and its training once that has saved."""
    command = [sys.executable, "-m", "snakemake", HISTORY, "--cores", "1", *OFTEN, *arguments]
    with (clone.folder / "said").open("w") as said:
        running = subprocess.Popen(
            [*command, "--configfile", SMOKE, "longer.yaml"], cwd=clone.folder, stdout=said, stderr=said
        )
    while not list(clone.results.glob(f"{paths.STATES}/*/*.safetensors")):
        assert running.poll() is None, (clone.folder / "said").read_text()
        time.sleep(0.05)
    return running


def training(snakemake: subprocess.Popen) -> psutil.Process:
    """The process that trains."""
    children = psutil.Process(snakemake.pid).children(recursive=True)
    return next(child for child in children if child.cmdline()[1:4] == ["-m", "reversal", "train"])


def test_a_training_that_is_told_to_stop_goes_on_in_its_next_try(longer):
    running = started(longer, "--retries", "1")
    training(running).terminate()
    assert running.wait() == 0, (longer.folder / "said").read_text()
    assert "returned non-zero exit status 75" in (longer.folder / "said").read_text()
    assert "resuming at step" in (longer.folder / LOG).read_text()


def test_a_training_that_was_killed_goes_on_in_the_next_run(longer):
    running = started(longer)
    training(running).kill()
    assert running.wait() != 0
    assert not (longer.folder / HISTORY).exists()
    ran = longer.snakemake(HISTORY, overlays=(SMOKE, "longer.yaml"))
    assert ran.returncode == 0, ran.stderr
    assert "resuming at step" in (longer.folder / LOG).read_text()


def test_the_state_is_kept_until_what_depends_on_it_is_there(fresh):
    states = fresh.results / paths.STATES
    assert fresh.snakemake(HISTORY, *OFTEN).returncode == 0
    assert len(list(states.iterdir())) == 1
    assert fresh.snakemake(QUERIES).returncode == 0
    assert list(states.iterdir()) == []
    assert fresh.planned(HISTORY) == {}
