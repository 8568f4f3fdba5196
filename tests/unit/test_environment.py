"""The environment: versions are pinned once, conda's files agree, set-up fails in one line, make's targets do what they say."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages

import pytest
import yaml

import reversal
from tests.configs import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    lines = (ROOT / "envs/constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins), "every line pins one version"
    return {canonical(name): version for name, version in pins}


def conda(name: str) -> dict[str, list[str]]:
    """Package → [version] or [version, build] of a conda file, but for Python."""
    listed = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text(encoding="utf-8"))["dependencies"]
    assert "python" + PROJECT["requires-python"] in listed
    return {line.split("=")[0]: line.split("=")[1:] for line in listed if not line.startswith("python>")}


def test_every_direct_dependency_is_pinned():
    extras = chain.from_iterable(PROJECT["optional-dependencies"].values())
    assert {canonical(name) for name in (*PROJECT["dependencies"], *extras, "setuptools")} <= set(constraints())


def test_pins_hold_on_every_machine():
    pins = constraints()
    assert pins["torch"] == "2.13.0"
    assert not [pin for pin in pins.values() if not re.fullmatch(r"[0-9][0-9a-z.]*", pin)], "a local or open version"


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_conda_lists_the_direct_dependencies_at_the_same_pins(name):
    pins, listed = constraints(), conda(name)
    expected = {CONDA_NAMES.get(package, package): pins[canonical(package)] for package in PROJECT["dependencies"]}
    assert {package: spec[0] for package, spec in listed.items()} == expected


def test_the_conda_files_differ_in_the_build_of_torch_alone():
    cpu, gpu = conda("cpu"), conda("gpu")
    assert cpu.pop("pytorch")[1] == "cpu_*"
    assert gpu.pop("pytorch")[1] == "cuda*"
    assert cpu == gpu


def modules() -> list[str]:
    return [
        module.name for module in walk_packages(reversal.__path__, "reversal.") if not module.name.endswith("__main__")
    ]


@pytest.mark.parametrize("name", modules())
def test_every_module_can_be_imported(name):
    assert import_module(name).__doc__, f"{name} has no docstring"


def test_the_version_is_said_once_and_cited():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == reversal.__version__
    assert f"## [{reversal.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_has_what_its_format_requires():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "references"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert all({"authors", "title", "type"} <= set(reference) for reference in citation["references"])
    assert {reference["url"].rsplit("/", 1)[1] for reference in citation["references"]} == {"2405.04669", "2602.02133"}


def test_nothing_of_one_machine_is_in_the_environment():
    files = [ROOT / name for name in ("Makefile", ".ci/run", "pyproject.toml", "CONTRIBUTING.md")]
    for file in [*files, *(ROOT / "envs").iterdir()]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"(?<![\w.])/(opt|tmp|work|root|home)/|https?://(?!github\.com|keepachangelog|semver)", text
        ), file


# make


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "PIP_", "PYTHON"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=clean | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make needs, in a folder whose name has a space."""
    folder = tmp_path / "a clone"
    for name in ("workflow", "tests"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(ROOT / "envs", folder / "envs")
    for name in ("Makefile", "pyproject.toml", "config.yaml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "workflow/scales", folder / "workflow/scales")
    return folder


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_make_lists_its_targets(clone):
    found = make(clone)
    assert found.returncode == 0
    targets = re.findall(r"^make ([\w-]+) +\S", found.stdout, flags=re.MULTILINE)
    tests = ["test", "test-cluster", "torture", "bench", "calibrate", "claims", "lint"]
    assert targets == ["help", "figures", "smoke", *tests, "estimate", "status", "clean", "distclean"]
    assert set(targets) == set(
        re.search(r"^\.PHONY: (help .*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    )


def test_continuous_integration_runs_the_tests_and_lint(tmp_path):
    """With a make that only says what it is asked; any of the three failing fails the run, and all are always run."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    for failing, code in (("nothing", 0), ("test", 1), ("test-cluster", 1), ("lint", 1)):
        script(tmp_path / "make", f'echo "$1 CI=$CI"; test "$1" != {failing}')
        environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run([tmp_path / ".ci/run"], env=environment, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines() == ["test CI=true", "test-cluster CI=true", "lint CI=true"]
        assert done.returncode == code


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that is not make's own."""
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    return line


def test_a_python_that_is_too_old_gets_one_line(clone, tmp_path):
    old = script(tmp_path / "python3.9", 'case "$2" in *exit*) exit 1 ;; *) echo "3.9 at /usr/bin/python3.9" ;; esac')
    line = said(make(clone, "figures", f"PYTHON={old}"))
    assert line == "reversal needs Python ≥ 3.11; found 3.9 at /usr/bin/python3.9; set PYTHON=…"
    assert not (clone / ".venv").exists()


def test_no_python_at_all_gets_one_line(clone):
    line = said(make(clone, "test", "PYTHON=no-such-python"))
    assert line == "reversal needs Python ≥ 3.11; no Python answers to 'no-such-python'; set PYTHON=…"


def test_no_network_gets_one_line_and_leaves_the_trace_in_a_log(clone):
    """An index on a port where nobody listens."""
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}
    line = said(make(clone, "figures", f"PYTHON={sys.executable}", **nowhere))
    assert line.startswith("reversal found no network")
    log = line.rsplit(" ", 1)[1]
    assert "setuptools" in (clone / log).read_text()
    assert not (clone / ".venv/installed").exists()


def installed(clone: Path, prefix: Path) -> Path:
    """As if set-up had ended well in a folder called `prefix`; the Python there only says where it is."""
    (clone / ".venv/bin").mkdir(parents=True, exist_ok=True)
    script(
        clone / ".venv/bin/python", f'case "$2" in *sys.prefix*) echo "{clone / ".venv"}" ;; *) echo "ran $*" ;; esac'
    )
    (clone / ".venv/made").write_text(f"{prefix}\n")
    for stamp in ("installed", "installed-tools"):
        (clone / ".venv" / stamp).touch()
    return clone


def planned(clone: Path) -> bool:
    """Would set-up run?"""
    return "install.sh" in make(clone, "--dry-run", "estimate").stdout


def test_set_up_runs_once_and_again_when_it_is_not_whole(clone):
    assert planned(clone)
    home = clone / ".venv"
    assert not planned(installed(clone, home))
    assert planned(installed(clone, clone.parent / "elsewhere/.venv")), "moved"
    assert not planned(installed(clone, home))
    (home / "unfinished").touch()
    assert planned(clone), "interrupted"
    (home / "unfinished").unlink()
    script(home / "bin/python", "exit 127")
    assert planned(clone), "its Python has gone"
    installed(clone, home)
    os.utime(clone / "envs/constraints.txt", (2**32, 2**32))
    assert planned(clone), "pins have moved"


def test_estimate_and_status_ask_the_package_about_the_study_of_config(clone):
    installed(clone, clone / ".venv")
    assert make(clone, "estimate").stdout == "ran -m reversal estimate\n"
    found = make(clone, "status", "CONFIG=workflow/scales/smoke.yaml").stdout
    assert found == "ran -m reversal status --configfile workflow/scales/smoke.yaml\n"


@pytest.mark.parametrize(("target", "study"), [("figures", "default"), ("smoke", "smoke")])
def test_a_run_ends_by_naming_figures_and_report(clone, target, study):
    installed(clone, clone / ".venv")
    figure = clone / f"results/{study}/figures/dose_response.pdf"
    figure.parent.mkdir(parents=True)
    figure.touch()
    found = make(clone, target, "CORES=3")
    assert found.returncode == 0
    report = f"results/{study}/report.html"
    assert re.search(rf"ran -m snakemake --cores 3 .*--report {report} --report-after-run", found.stdout)
    assert found.stdout.splitlines()[-2:] == [f"results/{study}/figures/dose_response.pdf", f"Report: {report}"]


def test_clean_takes_away_what_make_made_and_nothing_else(clone):
    for name in ("results/default/a", "results/smoke/b", "results/mine/c", ".snakemake/log", ".venv/made", "notes/d"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    assert make(clone, "clean").returncode == 0
    left = {str(path.relative_to(clone)) for path in clone.rglob("*") if path.is_file()}
    assert {"results/mine/c", ".snakemake/log", ".venv/made", "notes/d"} <= left
    assert not {"results/default/a", "results/smoke/b"} & left
    shutil.rmtree(clone / "results/mine")
    assert make(clone, "distclean").returncode == 0
    assert not (clone / ".venv").exists()
    assert not (clone / ".snakemake").exists()
    assert (clone / "notes/d").exists()
