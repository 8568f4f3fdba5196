"""Submitting the default study through `profiles/slurm`: how often `sbatch` is called for its training jobs.

No cluster is needed. Programs of the names of SLURM's stand first on the PATH: `sbatch` writes down how it was called
and gives a job number, `sinfo` offers every partition that the profile names, and the others say nothing, as if all
jobs waited. So this is what Snakemake sends, and no more: the jobs after training are submitted when training ends,
which here it never does. The texts are made on this machine before, and the run is stopped once all is submitted.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.commands import ROOT, run, snakemake
from bench.measured import Measured
from bench.reference import default
from reversal.errors import ReversalError

TITLE = "submitting the default study's training to SLURM"
PROFILE = "slurm"
PATIENCE = 120
"""Seconds for all jobs to be submitted."""


def measure(repeats: int) -> Iterator[Measured]:
    """Calls of sbatch, and the training jobs that they submit; the same whenever it runs, so run once."""
    if not (ROOT / "profiles" / PROFILE).is_dir():
        raise ReversalError(f"profiles/{PROFILE}: is not there; restore it")
    jobs = training_jobs()
    with TemporaryDirectory() as name:
        folder = Path(name)
        run(snakemake(folder, "data", "--cores", "all"), folder)
        submitted = calls(folder, jobs)
    yield Measured("training jobs submitted", "jobs", [sum(map(tasks, submitted))])
    yield Measured("calls of sbatch", "calls", [len(submitted)], aim=jobs)


def training_jobs() -> int:
    """How many the default study has."""
    study = default()
    return len(study.cells) * len(study.blocks)


def calls(folder: Path, jobs: int) -> list[str]:
    """How sbatch was called until so many jobs were submitted.

    Raises:
        ReversalError: Snakemake ends before that, or takes longer than `PATIENCE`.
    """
    record = folder / "called"
    record.touch()
    programs = stand_ins(folder / "bin", record, partitions())
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("REVERSAL_SITE", None)
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            snakemake(folder, "train", profile=PROFILE),
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            limit = time.monotonic() + PATIENCE
            while sum(map(tasks, submitted := record.read_text(encoding="utf-8").splitlines())) < jobs:
                if process.poll() is not None or time.monotonic() > limit:
                    raise ReversalError(f"{len(submitted)} calls of sbatch, not all jobs submitted: {_end(folder)}")
                time.sleep(0.2)
            return submitted
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def stand_ins(folder: Path, record: Path, names: set[str]) -> Path:
    """A folder with programs that answer in SLURM's place."""
    nodes = "".join(f"{name}|infinite|1000000|gpu:1024\\n" for name in sorted(names))
    answers = {
        # The command of the job stands after --wrap and is nobody's business here.
        "sbatch": f'echo "${{*%%--wrap*}}" >> {record}\nwc -l < {record} | tr -d " "',
        "sinfo": f"printf '{nodes}'",
        **dict.fromkeys(("squeue", "sacct", "sacctmgr", "scontrol", "scancel"), "exit 0"),
    }
    folder.mkdir()
    for name, answer in answers.items():
        (folder / name).write_text(f"#!/bin/bash\n{answer}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def partitions() -> set[str]:
    """Those that the profile's site file names."""
    site = yaml.safe_load((ROOT / "profiles" / PROFILE / "site.yaml").read_text(encoding="utf-8"))
    return {value for key, value in site.items() if key.endswith("_partition")}


def tasks(call: str) -> int:
    """How many jobs one call submits: the tasks of its array, or one."""
    array = re.search(r"--array[= ](\d+)-(\d+)", call)
    return int(array[2]) - int(array[1]) + 1 if array else 1


def _end(folder: Path) -> str:
    lines = (folder / "said").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "Snakemake said nothing"
