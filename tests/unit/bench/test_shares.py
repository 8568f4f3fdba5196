"""Where a run's time went, against sums by hand."""

import pytest

from bench.measurements.pipeline import split
from bench.past import Run
from bench.shares import shares

JOBS = {"train": [30.0, 20.0], "language train": [10.0], "evaluate": [8.0], "figures": [1.0, 5.0]}
STARTS = {"train": 2.0, "language train": 4.0, "evaluate": 2.0, "figures": 3.0}
# start-ups: 2·2 + 4 + 2 and, as one figure took a second in all, 2·1
SPENT = {"training": 52, "evaluation": 6, "texts": 0, "statistics": 0, "figures": 4, "start-up of jobs": 12}


def test_every_second_of_a_core_is_somewhere():
    found = shares(JOBS, STARTS, 100)
    assert found == pytest.approx({**SPENT, "Snakemake, and cores without a job": 26})


def test_without_a_clock_the_jobs_are_the_whole():
    found = shares(JOBS, STARTS)
    assert found == pytest.approx({part: 100 * seconds / 74 for part, seconds in SPENT.items()})


def test_a_study_is_told_with_what_is_aimed_at():
    starts = {name: [seconds / 2, seconds, 9] for name, seconds in STARTS.items()}
    found = {one.quantity: one for one in split("made up", JOBS, starts, Run(0, 50, 2, JOBS), 20)}
    assert found["made up: wall time"].values == [50]
    assert found["made up: all but training and evaluation"].median == pytest.approx(42)
    assert found["made up: all but training and evaluation"].aim == 20
    assert found["made up: cores with a job"].median == pytest.approx(74)


def test_without_a_run_there_is_no_wall_time_and_nothing_to_aim_at():
    found = list(split("made up", JOBS, {name: [seconds] for name, seconds in STARTS.items()}, None, 20))
    assert len(found) == len(SPENT)
    assert not any(one.aim for one in found)
