"""What `status` says of a study, from its files alone."""

import json
import os
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from reversal import dag, paths, status, tables
from reversal.study import load
from reversal.train.state import Point, Store
from tests.configs import read_config
from tests.workflow.conftest import SMOKE


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load(read_config(SMOKE))


def log_of(study, name, text, age=0.0):
    path = Path(dag.inside(study, f"logs/train/{name}/0-1.log"))
    path.parent.mkdir(parents=True, exist_ok=True)
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
        dag.inside(study, paths.TIMING, cell=cell, block="0-1"),
    ]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    run_of_done = Path(dag.inside(study, paths.RUN, cell=cell, block="0-1"))
    run_of_done.write_text(json.dumps({"trained_accuracy": {"0": 1.0}}), encoding="utf-8")
    status.show(study)
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if line.split()[:1] == ["train"])
    assert row == ["train", "1", "1", "0", "2", str(len(study.cells) - 4)]
    assert "failed: train: reversal: config.yaml: wrong" in said
    assert "dose_0" in said


def test_runs_that_did_not_learn_are_named(study, capsys):
    run_of(study, "mdm", {"0": 1.0, "1": 0.42})
    status.show(study)
    said = capsys.readouterr().out
    assert "did not learn: mdm, seed 1: accuracy 0.420" in said
    assert "seed 0" not in said


def test_runs_whose_training_loss_is_too_high_for_their_experiment_are_named(tmp_path, monkeypatch, capsys):
    """Seed 1 ends at .07 with its worst query; earlier steps and queries that the cell does not train do not count."""
    monkeypatch.chdir(tmp_path)
    config = read_config(SMOKE)
    for name, entry in config["experiments"].items():
        entry["training_nll"] = 0.05 if name == "reversal" else None
    study = load(config)
    nll = {(0, 0): 3.0, (1, 0): 3.0, (0, 9): 0.02, (1, 9): 0.07}
    rows = [
        {"seed": seed, "step": step, "query": query, "nll": loss if query == "target" else 9.0}
        for (seed, step), loss in nll.items()
        for query in ("source", "target")
    ]
    frame = pd.DataFrame(rows).assign(loss=1.0, accuracy=1.0, learning_rate=0.1, stopped=False)
    tables.write(dag.inside(study, paths.HISTORY, cell="arrows_arm", block="0-1"), "history", frame)
    status.show(study)
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("did not learn")]
    assert said == [
        "did not learn: arrows_arm, seed 1: training NLL 0.07 nats a token, reversal asks for less than 0.05"
    ]


def test_a_study_not_begun_waits(study, capsys):
    status.show(study)
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if line.split()[:1] == ["figures"])
    assert row[1:4] == ["0", "0", "0"]


def save(study, name, step, **changed):
    """State as a training of seeds 0 and 1, one after the other, leaves it while the second trains."""
    cell = study.cells[name]
    outputs = Path(dag.inside(study, paths.HISTORY, cell=name, block="0-1")).parent
    identity = {"settings": {**cell.settings, **changed}, "seeds": [0, 1], "code": "that of any day"}
    store = Store(Path(dag.inside(study, paths.STATES)), identity, str(outputs))
    for number in (step - 1, step):
        point = Point(chunk=1, size=1, step=number, seconds=1.0, tensors={"weight": torch.zeros(1)}, history=[])
        store.save(point, {})
    return store


def test_a_training_that_was_stopped_or_killed_goes_on_where_it_saved(study, capsys):
    for name, text, age in [
        ("mdm", "reversal: stopped by SIGTERM; state saved before step 9; run it again to go on\n", 0),
        ("arm", "12:00:00 step 10 of 600\n", 1000),
        ("dose_0", "12:00:00 step 10 of 600\n", 0),
        ("alias_2_plus", "reversal: pairs.parquet: cannot be read\n", 0),
        ("dose_2", "12:00:00 step 10 of 600\n", 1000),
    ]:
        log_of(study, name, text, age)
        save(study, name, 9, **({"checkpoints": [0, 1]} if name == "dose_2" else {}))
    save(study, "bilinear_32", 9)  # nothing has begun that would say so in a log
    status.show(study)
    said = capsys.readouterr().out
    row = next(line.split() for line in said.splitlines() if line.split()[:1] == ["train"])
    assert row == ["train", "0", "1", "2", "2", str(len(study.cells) - 5)]
    steps = study.cells["mdm"].optimisation["steps"]
    for name in ("mdm", "arm"):
        assert f"stopped: train: {name}/0-1, goes on at step 9 of {steps}, seeds 1\n" in said
    assert "failed: train: reversal: pairs.parquet: cannot be read" in said
    assert "dose_2/0-1.log" in said, "its state is of other settings"


def test_a_state_that_cannot_be_read_is_no_state(study):
    store = save(study, "mdm", 9)
    for expected in (["at step 9"], ["at step 8"], []):
        assert [said.split(" of ")[0] for said in status.saved(study).values()] == expected
        whole = [path for path in store.folder.glob("*.safetensors") if path.stat().st_size > 20]
        for path in sorted(whole)[-1:]:
            path.write_bytes(path.read_bytes()[:20])
    (store.folder / "training.json").write_text("{")
    assert status.saved(study) == {}


def test_language_models_on_request_count_once_they_have_begun(study, tmp_path):
    study = load({**read_config(), "selected": ["symmetric"], "on_request": ["natural"]})
    awaited = len(status.stages(study)["language"])
    assert awaited == 2 + 2 * len(study.experiments["symmetric"].cells)  # two corpora; training and probe of each cell
    log = Path(dag.inside(study, "logs/language/train/natural_mdm/1000-1002.log"))
    log.parent.mkdir(parents=True)
    log.touch()
    assert len(status.stages(study)["language"]) == awaited + 1


def test_a_probe_that_was_killed_is_not_the_training_whose_state_waits_for_it(tmp_path):
    log = tmp_path / "probe.log"
    log.write_text("12:00:00 mdm: 500 questions answered\n")
    os.utime(log, (1, 1))
    assert status.state([tmp_path / "slopes.parquet"], log, {tmp_path: "at step 801 of 800"}) == "failed"
    assert status.state([tmp_path / "run.json"], log, {tmp_path: "at step 801 of 800"}) == "stopped"
