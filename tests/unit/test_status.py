"""What `status` says of a study, from its files alone."""

import json
import os
import time
from pathlib import Path

import pytest

from reversal import dag, paths, status
from reversal.study import load
from tests.configs import read_config
from tests.workflow.conftest import SMOKE


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load(read_config(SMOKE))


def log_of(study, name, text, age=0.0):
    path = Path(dag.inside(study, f"logs/train/{name}/0-1.log"))
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)


def run_of(study, name, accuracy):
    path = Path(dag.inside(study, paths.RUN, cell=name, block="0-1"))
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"trained_accuracy": accuracy}), encoding="utf-8")


def test_jobs_are_counted_by_state(study, capsys):
    log_of(study, "mdm", "12:00:00 seeds 0–1: step 10 of 600\n")
    log_of(study, "arm", "reversal: config.yaml: wrong\n")
    log_of(study, "dose_0", "12:00:00 seeds 0–1: step 10 of 600\n", age=1000)
    cell = "dose_2"
    for path in [
        *dag.checkpoints(study, cell=cell, block="0-1"),
        dag.inside(study, paths.HISTORY, cell=cell, block="0-1"),
    ]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    run_of_done = Path(dag.inside(study, paths.RUN, cell=cell, block="0-1"))
    run_of_done.write_text(json.dumps({"trained_accuracy": {"0": 1.0}}), encoding="utf-8")
    status.show(study)
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if line.split()[:1] == ["train"])
    assert row == ["train", "1", "1", "2", str(len(study.cells) - 4)]
    assert "failed: train: reversal: config.yaml: wrong" in said
    assert "dose_0" in said


def test_runs_that_did_not_learn_are_named(study, capsys):
    run_of(study, "mdm", {"0": 1.0, "1": 0.42})
    status.show(study)
    said = capsys.readouterr().out
    assert "did not learn: mdm, seed 1: accuracy 0.420" in said
    assert "seed 0" not in said


def test_a_study_not_begun_waits(study, capsys):
    status.show(study)
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if line.split()[:1] == ["figures"])
    assert row[1:4] == ["0", "0", "0"]
