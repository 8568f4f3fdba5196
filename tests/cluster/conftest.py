"""A cluster for the length of the tests, and the workflow sent to it through profiles/slurm."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster import slurm
from tests.configs import ROOT
from tests.workflow.conftest import SMOKE, Clone

SECONDS_TO_WAIT = 180
FEW = (SMOKE, str(ROOT / "tests/cluster/few.yaml"))
"""The smoke study without the experiments that ask nothing new of a cluster."""

SITE = yaml.safe_load((ROOT / "profiles/slurm/site.yaml").read_text(encoding="utf-8"))


class SlurmClone(Clone):
    """A copy of the workflow whose Snakemake sends its jobs to a test cluster; its site file is all that knows which."""

    def __init__(self, folder: Path, settings: slurm.Settings, client: dict[str, str]) -> None:
        super().__init__(folder)
        self.settings = settings
        site = SITE | {
            "cpu_partition": settings.cpu_partition,
            "gpu_partition": settings.gpu_partition,
            "gpu_type": settings.gpu_type,
            "accounting": settings.accounting,
        }
        (folder / "site.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
        # The GPUs are files: what asks for one computes on the CPU.
        own = {"REVERSAL_SITE": str(folder / "site.yaml"), "REVERSAL_ON_MISSING_GPU": "cpu"}
        self.environment = {**os.environ, **client, **own}

    def start(self, *arguments: str, overlays: tuple[str, ...] = (SMOKE,)) -> subprocess.Popen:
        """Snakemake in the background; what it says is in `said`."""
        self.output = self.folder / "said.txt"
        command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm"]
        # Waits that suit a shared file system and days of training would be most of the time here.
        quick = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5"]
        with self.output.open("w", encoding="utf-8") as said:
            return subprocess.Popen(
                [*command, *quick, *arguments, "--configfile", *overlays],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def on_cluster(self, *arguments: str, **options) -> int:
        """Snakemake until it ends; its exit status."""
        running = self.start(*arguments, **options)
        try:
            return running.wait(timeout=900)
        finally:
            running.kill()

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def ask(self, *command: str) -> str:
        """What one of SLURM's commands answers."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def runs(self) -> str:
        """The name that all jobs of the Snakemake just started have in SLURM."""
        return next(line.split()[-1] for line in self.said.splitlines() if line.startswith("SLURM run ID:"))

    def jobs(self, *columns: str) -> list[list[str]]:
        """Columns of what the accounting knows of the last run's jobs, in the order of submission."""
        listed = self.ask(
            "sacct", "-X", "--parsable2", "--noheader", "--name", self.runs(), "--format", ",".join(columns)
        )
        return [line.split("|") for line in listed.splitlines()]

    def shown(self, rule: str) -> list[dict[str, str]]:
        """What `scontrol show job` says of each of the last run's jobs of a rule."""
        records = self.ask("scontrol", "--oneliner", "show", "job").splitlines()
        fields = [dict(word.split("=", 1) for word in record.split() if "=" in word) for record in records]
        return [job for job in fields if job["JobName"] == self.runs() and job["Comment"].startswith(f"rule_{rule}")]

    def running_job(self, rule: str) -> str:
        """The id of a job of a rule, once it runs."""

        def found() -> str:
            listed = self.ask("squeue", "--noheader", "--states=running", "--format=%i %j %k").splitlines()
            run = next((line.split()[-1] for line in self.said.splitlines() if line.startswith("SLURM run ID:")), None)
            rows = [line.split() for line in listed]
            return next((row[0] for row in rows if row[1] == run and row[2].startswith(f"rule_{rule}")), "")

        return wait_for(found, f"a running job of {rule}")


def wait_for(what: Callable, called: str):
    """Ask until the answer is true; gives the answer."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not (answer := what()):
        assert time.monotonic() < deadline, f"waited {SECONDS_TO_WAIT} s for {called}"
        time.sleep(0.5)
    return answer


def brought_up(settings: slurm.Settings) -> Iterator[tuple[slurm.Settings, dict[str, str]]]:
    """A cluster, or the reason why there is none: skipped elsewhere, an error where continuous integration counts on it."""
    reason = slurm.impossible()
    if reason and os.environ.get("CI") != "true":
        pytest.skip(reason)
    with slurm.cluster(settings) as client:
        yield settings, client


@pytest.fixture(scope="session")
def cluster():
    """The cluster of most tests, with accounting."""
    names = {"cpu_partition": "short", "gpu_partition": "accelerated", "gpu_type": "fake"}
    yield from brought_up(slurm.Settings(**names))


@pytest.fixture(scope="session")
def at_home(tmp_path_factory) -> Clone:
    """The study, run on this machine without any cluster: what the others must come to."""
    clone = Clone(tmp_path_factory.mktemp("at_home"))
    ran = clone.snakemake(overlays=FEW)
    assert ran.returncode == 0, ran.stderr[-4000:]
    return clone


@pytest.fixture
def clone(tmp_path, cluster) -> SlurmClone:
    """The workflow, its texts written, about to train on the cluster."""
    clone = SlurmClone(tmp_path, *cluster)
    (clone.results.parent).mkdir()
    ran = clone.snakemake("data")
    assert ran.returncode == 0, ran.stderr
    return clone


@pytest.fixture
def overlay(clone) -> Callable[[dict], str]:
    """Writes an overlay of the smoke study; gives its path."""

    def write(changes: dict) -> str:
        (clone.folder / "overlay.yaml").write_text(json.dumps(changes), encoding="utf-8")
        return "overlay.yaml"

    return write
