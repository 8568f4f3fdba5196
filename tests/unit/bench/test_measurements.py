"""The measurements of `make bench`: that they measure what they say. What comes out is nobody's test."""

import subprocess
from contextlib import nullcontext
from importlib import import_module

import pytest

from bench.__main__ import known, main
from bench.commands import Cost
from bench.measurements import dry_run, growth, submission
from reversal.study import load
from tests.configs import read_config


@pytest.mark.parametrize("name", known())
def test_every_measurement_has_a_title_and_measures(name):
    module = import_module(f"bench.measurements.{name}")
    assert len(module.TITLE.splitlines()) == 1
    assert callable(module.measure)


def test_an_unknown_measurement_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["dry_rum"])
    assert "dry_rum is no measurement; one of: dry_run" in capsys.readouterr().err


@pytest.mark.parametrize("block", [10, 1])
def test_the_study_that_is_planned_has_ten_thousand_runs(block, tmp_path):
    overlay = tmp_path / "study.yaml"
    overlay.write_text(str(dry_run.study(block)), encoding="utf-8")
    study = load(read_config(str(overlay)))
    assert len(list(study.runs())) == 10_000
    assert len({cell.fingerprint() for cell in study.cells.values()}) == dry_run.CELLS
    assert len(study.blocks) == dry_run.SEEDS // block


@pytest.mark.parametrize("runs", [10, 100, 1000])
def test_smaller_studies_have_as_many_runs_as_they_say(runs, tmp_path, monkeypatch):
    planned = []
    monkeypatch.setattr(growth.dry_run, "run", lambda command, folder: planned.append(command) or Cost(1, 2, 3))
    monkeypatch.setattr(growth.dry_run, "TemporaryDirectory", lambda: nullcontext(tmp_path))
    assert growth.planned([runs], 2) == [[{"time": 3, "memory": 2}]] * 2
    overlay = planned[0][planned[0].index("--configfile") + 1]
    assert len(list(load(read_config(overlay)).runs())) == runs


@pytest.mark.parametrize(
    ("call", "jobs"),
    [
        ("--parsable --array=1-30 --mem 3000", 30),
        ("--parsable --array=31-40", 10),
        ("--parsable --mem 3000", 1),
    ],
)
def test_an_array_counts_as_its_tasks(call, jobs):
    assert submission.tasks(call) == jobs


def test_what_stands_in_for_slurm_counts_and_numbers_calls(tmp_path):
    record = tmp_path / "called"
    record.touch()
    programs = submission.stand_ins(tmp_path / "bin", record, {"long", "gpu"})
    for number in ("1", "2"):
        asked = [programs / "sbatch", "--array=1-5", "--wrap=python\n--array=1-9"]
        assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == number
    assert [submission.tasks(call) for call in record.read_text(encoding="utf-8").splitlines()] == [5, 5]
    offered = subprocess.run([programs / "sinfo"], capture_output=True, text=True, check=True).stdout
    assert [line.partition("|")[0] for line in offered.splitlines()] == ["gpu", "long"]
