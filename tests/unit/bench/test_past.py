"""A run that is over, told by a log and benchmarks that were made up, whose times are known."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from bench.past import RULES, TARGETS, Run, latest, logged, precise, recorded
from reversal import study

LOG = """SNAKEMAKE
=========
  Date: 2026-11-08 22:53:20
  Command: snakemake --cores all

Provided cores: 2
Job stats:
train_block 2

[Sun Nov  8 22:53:24 2026]
Job 3: train mdm, seeds 0-1
Reason: Missing output files: results/made/train/mdm/0-1/history.parquet
[Sun Nov  8 22:53:25 2026]
Job 4: train arm, seeds 0-1
[Sun Nov  8 22:53:34 2026]
Finished jobid: 3 (Rule: train_block)
1 of 8 steps (12%) done
[Sun Nov  8 22:53:34 2026]
Job 5: evaluate mdm, seeds 0-1
[Sun Nov  8 22:53:40 2026]
Finished jobid: 4 (Rule: train_block)
Finished jobid: 5 (Rule: evaluate_block)
Job 6: judge the claims
Job 7: draw dose_response
[Sun Nov  8 22:53:44 2026]
Finished jobid: 6 (Rule: judge_claims)
Finished jobid: 7 (Rule: dose_response)
[Sun Nov  8 22:53:44 2026]
localrule all:
    jobid: 0
Finished jobid: 0 (Rule: all)
8 of 8 steps (100%) done
Elapsed time: 0:00:24.500000
"""
BEGAN = datetime(2026, 11, 8, 22, 53, 20).timestamp()


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log" / "2026-11-08T225320.1.snakemake.log"
    path.parent.mkdir()
    path.write_text(LOG, encoding="utf-8")
    return path


def benchmark(folder: Path, name: str, seconds: float, after: float = 15) -> None:
    """A job's benchmark, written so many seconds after the run began."""
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"s": seconds, "cpu_time": 0.0}) + "\n", encoding="utf-8")
    os.utime(path, (BEGAN + after, BEGAN + after))


@pytest.fixture
def benchmarks(tmp_path):
    folder = tmp_path / "benchmarks"
    for name, seconds in {"train/mdm": 9.5, "train/arm": 14.5, "evaluate/mdm": 5.75}.items():
        benchmark(folder, f"{name}/0-1", seconds)
    return folder


def test_a_log_tells_when_on_what_and_how_long_each_job_took(log):
    jobs = {"train": [10, 15], "evaluate": [6], "statistics": [4], "figures": [4]}
    assert logged(log) == Run(BEGAN, 24.5, 2, jobs)


def test_hours_and_days_are_counted(log):
    log.write_text(LOG.replace("0:00:24.500000", "1 day, 2:03:04.25"), encoding="utf-8")
    assert logged(log).seconds == 93_784.25


@pytest.mark.parametrize(
    ("line", "instead"),
    [("8 of 8 steps (100%) done", "7 of 8 steps (88%) done"), ("Provided cores: 2", "Provided remote nodes: 9")],
)
def test_what_was_not_all_made_or_made_elsewhere_is_no_run(log, line, instead):
    log.write_text(LOG.replace(line, instead), encoding="utf-8")
    assert logged(log) is None


def test_benchmarks_are_counted_with_their_command(tmp_path):
    places = {
        "data/facts/0-1": "data",
        "figures/ledger": "figures",
        "statistics/claims": "statistics",
        "language/corpora/natural/0-1": "language corpus",
        "language/train/natural_mdm/0-1": "language train",
        "language/probe/natural_mdm/0-1": "language probe",
        "language/claims": "statistics",
    }
    for seconds, name in enumerate(places):
        benchmark(tmp_path, name, seconds)
    assert {name: sorted(seconds) for name, seconds in recorded(tmp_path).items()} == {
        "data": [0],
        "figures": [1],
        "statistics": [2, 6],
        "language corpus": [3],
        "language train": [4],
        "language probe": [5],
    }


def test_benchmarks_count_where_none_is_missing_and_else_the_log(log):
    made = precise(logged(log), {"train": [9.5, 14.5], "figures": [3.5, 3.5]})
    assert made.jobs == {"train": [9.5, 14.5], "evaluate": [6], "statistics": [4], "figures": [4]}


def test_the_run_is_the_last_that_all_training_and_evaluation_is_of(log, benchmarks):
    part = log.with_name("2026-11-09T080000.1.snakemake.log")
    part.write_text(LOG.replace("2026-11-08 22:53:20", "2026-11-09 08:00:00"), encoding="utf-8")
    found = latest(log.parent, benchmarks)
    assert found.began == BEGAN
    assert sorted(found.jobs["train"]) == [9.5, 14.5]
    assert found.jobs["figures"] == [4]


def test_a_training_from_another_run_leaves_none(log, benchmarks):
    benchmark(benchmarks, "train/other/0-1", 1.0, after=1000)
    assert latest(log.parent, benchmarks) is None
    assert latest(log.parent, benchmarks / "nowhere") is None


def test_every_rule_is_counted_with_a_command_or_draws_or_is_a_target():
    assert study.RULES - RULES.keys() - set(TARGETS) == {"draw_ledger", "draw_calibration", "unselected"}
    assert RULES.keys() <= study.RULES


def test_a_run_that_only_touched_made_nothing(log):
    log.write_text(LOG.replace("--cores all", "--cores all --touch"), encoding="utf-8")
    assert logged(log) is None
