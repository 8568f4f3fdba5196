"""The commands that a person calls: what they print, and how they fail."""

import os
import subprocess
import sys

import pytest

from reversal.cli import main
from reversal.study import load
from tests.configs import ROOT, read_config
from tests.workflow.conftest import SMOKE


@pytest.fixture(autouse=True)
def in_the_clone(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_plan_prints_every_cell_and_run_with_its_fingerprint(capsys):
    assert main(["plan", "--configfile", SMOKE]) == 0
    said = "".join(capsys.readouterr().out.split())
    study = load(read_config(SMOKE))
    for cell, _, seed in study.runs():
        assert cell.name in said
        assert f"{seed}:{cell.fingerprint(seed)}" in said


def test_estimate_says_jobs_time_and_disk(capsys, tmp_path):
    overlay = tmp_path / "one.yaml"
    overlay.write_text("study: one\nselected: [bilinear]\nseeds: {count: 2, block: 2}\n", encoding="utf-8")
    assert main(["estimate", "--configfile", SMOKE, str(overlay)]) == 0
    said = capsys.readouterr().out
    assert "bilinear_32" in said
    assert "jobs, about" in said
    assert "GB under results/one/" in said
    assert "until they have been evaluated" in said


def test_estimate_for_a_gpu_takes_no_steps_and_says_hours_memory_and_disk(capsys):
    assert main(["estimate", "--gpu", "a100", "--configfile", "workflow/scales/paper.yaml"]) == 0
    said = capsys.readouterr().out
    assert "paper_mdm" in said
    assert "an estimate by arithmetic" in said
    assert "GPU hours to train" in said
    assert "checkpoints.keep: last" in said


@pytest.mark.parametrize(
    ("text", "named"), [("gate: 2", "gate: 2 is out of range"), ("a: [", "is no YAML"), (None, "cannot be read")]
)
def test_a_mistake_is_one_line_and_status_one(capsys, tmp_path, text, named):
    overlay = tmp_path / "wrong.yaml"
    if text is not None:
        overlay.write_text(text, encoding="utf-8")
    assert main(["plan", "--configfile", str(overlay)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("reversal: ")
    assert named in said
    assert said.count("\n") == 1


def test_planning_imports_no_torch():
    command = "import sys; from reversal.cli import main; main(['plan']); sys.exit('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", command], capture_output=True, check=False, env=_environment())
    assert ran.returncode == 0, ran.stderr


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m reversal plan | head -n 1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=_environment())
    assert "Traceback" not in ran.stderr
    assert "study default" in ran.stdout


def _environment():
    return os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
