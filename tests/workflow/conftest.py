"""One real run of the smoke study, which the tests of this folder look at and ask more of."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from tests.configs import ROOT

SMOKE = "workflow/scales/smoke.yaml"


class Clone:
    """A copy of the workflow in a folder of its own, where Snakemake is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Snakefile", "config.yaml"):
            shutil.copy2(ROOT / name, folder / name)
        for name in ("workflow", "profiles", "envs"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def snakemake(self, *arguments: str, overlays: tuple[str, ...] = (SMOKE,)) -> subprocess.CompletedProcess:
        """Run it as a user does, on the smoke study unless told otherwise."""
        scales = ["--configfile", *overlays] if overlays else []
        return self.run(sys.executable, "-m", "snakemake", "--cores", "2", *arguments, *scales)

    def run(self, *command: str) -> subprocess.CompletedProcess:
        """Any command, in the clone."""
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def planned(self, *arguments: str, **options) -> dict[str, int]:
        """Rule → jobs that a dry run would do."""
        found = self.snakemake(*arguments, "--dry-run", "--quiet", "rules", **options)
        assert found.returncode == 0, found.stderr
        rows = [line.split() for line in (found.stdout + found.stderr).splitlines()]
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}

    def jobs(self, *arguments: str, **options) -> set[str]:
        """What each job that a dry run would do says of itself, such as "train mdm, seeds 0-1"."""
        found = self.snakemake(*arguments, "--dry-run", **options)
        said = found.stdout + found.stderr
        assert found.returncode == 0, said[-4000:]
        jobs = re.findall(r"^Job \d+: (.*)$", said, re.MULTILINE)
        assert bool(jobs) != ("Nothing to be done" in said), said[-4000:]
        return set(jobs)

    def take(self, folder: Path) -> None:
        """What a run left in another clone."""
        for name in ("results", ".snakemake"):
            shutil.copytree(folder / name, self.folder / name)
        if (folder / "report.html").exists():
            shutil.copy2(folder / "report.html", self.folder)

    @contextmanager
    def edited(self, file: str | Path, change: Callable[[str], str]) -> Iterator[None]:
        """One file of the clone changed for a while."""
        path = self.folder / file
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, f"{file}: nothing to change"
        path.write_text(after, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")

    @property
    def results(self) -> Path:
        return self.folder / "results" / "smoke"


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Clone:
    """The smoke study, run from nothing to figures and report: once for all workers, and a copy for each."""
    session = tmp_path_factory.getbasetemp()
    session = session.parent if "PYTEST_XDIST_WORKER" in os.environ else session
    done = session / "smoke" / "done"
    with FileLock(session / "smoke.lock"):
        if not done.exists():
            shutil.rmtree(done.parent, ignore_errors=True)
            done.parent.mkdir()
            ran = Clone(done.parent).snakemake("--report", "report.html", "--report-after-run")
            assert ran.returncode == 0, ran.stderr[-4000:]
            done.touch()
    clone = Clone(tmp_path_factory.mktemp("finished"))
    clone.take(done.parent)
    return clone


@pytest.fixture
def fresh(tmp_path) -> Clone:
    """The workflow, and nothing made yet."""
    return Clone(tmp_path)
