"""A run of Snakemake that is over: when it was, on how many cores, and how long its jobs took.

Snakemake's log has a line where a job begins and one where it ends, to the second and with Snakemake's own part in it.
A job's benchmark has the seconds of its command alone, and is overwritten by the next run that makes the job again. So
benchmarks count where all of the run's own are still there, and else the log.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

RULES = {
    "generate_block": "data",
    "train_block": "train",
    "evaluate_block": "evaluate",
    **dict.fromkeys(("estimate", "calibrate", "judge_claims", "judge_language"), "statistics"),
    "write_corpus": "language corpus",
    "train_language": "language train",
    **dict.fromkeys(("probe_language", "probe_published"), "language probe"),
}
"""Rule → the command of `python -m reversal` that its jobs are counted with. All others but `TARGETS` draw figures."""
TARGETS = ("all", "data", "train", "evaluate", "language", "statistics", "figures")
FOLDERS = {"corpora": "language corpus", "train": "language train", "probe": "language probe"}
"""Folder of the benchmarks of language models → command. What lies beside these folders is of judged claims."""
COMPUTED = ("train", "evaluate")

BEGAN = re.compile(r"^  Date: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$", re.MULTILINE)
TOUCHED = re.compile(r"^  Command: .*--touch", re.MULTILINE)
CORES = re.compile(r"^Provided cores: (\d+)", re.MULTILINE)
DONE = re.compile(r"^(\d+) of \1 steps \(100%\) done$", re.MULTILINE)
TOOK = re.compile(r"^Elapsed time: (?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$", re.MULTILINE)
TIME = re.compile(r"^\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\]$")
BEGINS = re.compile(r"^Job (\d+): ")
ENDS = re.compile(r"^Finished jobid: (\d+) \(Rule: (\w+)\)$")


Jobs = Mapping[str, Sequence[float]]
"""Command → seconds on the clock of each of its jobs, which has one core."""


@dataclass(frozen=True)
class Run:
    """One call of Snakemake that made all it was asked for."""

    began: float
    """Seconds since 1970."""
    seconds: float
    """On the clock, until the last job has ended. A report is made after that."""
    cores: int
    jobs: Jobs


def latest(logs: Path, benchmarks: Path) -> Run | None:
    """The last run that did all of a study's training and evaluation, which the benchmarks in its folder are of."""
    whole = recorded(benchmarks)
    for log in sorted(logs.glob("*.snakemake.log"), reverse=True):
        run = logged(log)
        if run:
            own = recorded(benchmarks, run.began, run.began + run.seconds + 1)
            counts = [[len(jobs.get(command, ())) for command in COMPUTED] for jobs in (whole, own, run.jobs)]
            if any(counts[0]) and counts[0] == counts[1] == counts[2]:
                return precise(run, own)
    return None


def logged(log: Path) -> Run | None:
    """What a log tells; None where something was not made, was only touched, or not made on cores of one machine."""
    told = log.read_text(encoding="utf-8", errors="replace")
    began, cores, done, took = (pattern.search(told) for pattern in (BEGAN, CORES, DONE, TOOK))
    if TOUCHED.search(told) or not (began and cores and done and took):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in took.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    return Run(datetime.fromisoformat(began[1]).timestamp(), length, int(cores[1]), _jobs(told))


def recorded(benchmarks: Path, first: float = 0, last: float = float("inf")) -> Jobs:
    """Jobs by the benchmarks of a study, of those that were written from one time to another."""
    found = defaultdict(list)
    for path in benchmarks.rglob("*.jsonl"):
        if first <= path.stat().st_mtime <= last:
            seconds = [json.loads(line)["s"] for line in path.read_text(encoding="utf-8").splitlines()]
            found[_command(path.relative_to(benchmarks))] += seconds
    return found


def precise(run: Run, own: Jobs) -> Run:
    """The run with the seconds of its own benchmarks, command by command, where none of them is missing."""
    jobs = {name: own[name] if len(own.get(name, ())) == len(told) else told for name, told in run.jobs.items()}
    return replace(run, jobs=jobs)


def _jobs(told: str) -> Jobs:
    """Jobs by a log."""
    now, began, found = 0.0, {}, defaultdict(list)
    for line in told.splitlines():
        if time := TIME.match(line):
            now = datetime.strptime(time[1], "%a %b %d %H:%M:%S %Y").timestamp()
        elif job := BEGINS.match(line):
            began[job[1]] = now
        elif (job := ENDS.match(line)) and job[2] not in TARGETS:
            found[RULES.get(job[2], "figures")].append(now - began.get(job[1], now))
    return found


def _command(benchmark: Path) -> str:
    """The command of a benchmark, from where it lies."""
    stage, inner, *_ = benchmark.parts
    return FOLDERS.get(inner, "statistics") if stage == "language" else stage
