"""Where the time goes: the smoke study, run anew; and the default study, as it was last run in this clone.

Every core has all the seconds on the clock. Of these, jobs compute, one core each, after each has paid for its start-up
(`starts`, measured now, for the default study too). The rest is Snakemake's own, or a core's without a job. Busy
processors are told of the smoke study alone, by all that they spent on Snakemake and its jobs. Of a default study
without the log of a run that made it whole, only the shares in its jobs' time can be told; where none was run, nothing.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import ROOT, Cost, run, snakemake
from bench.measured import Measured
from bench.past import Jobs, Run, latest, logged, precise, recorded
from bench.shares import NONE, USEFUL, shares
from bench.starts import commands, seconds
from reversal import paths
from reversal.errors import ReversalError

TITLE = "where the time goes, in percent of seconds × cores"
SMOKE = ROOT / "workflow" / "scales" / "smoke.yaml"
OTHERS = 20
"""Percent of the default study's time, at most, that is neither training nor evaluation."""
BUSY = 85
"""Percent of its cores' time, at least, in which they have a job."""


def measure(repeats: int) -> Iterator[Measured]:
    """The smoke study once, however many repeats: it takes minutes. Start-ups, as many as there are cores, at once."""
    cost, smoke = smoked()
    benchmarks = ROOT / paths.results("default") / "benchmarks"
    default = latest(ROOT / ".snakemake" / "log", benchmarks)
    jobs = default.jobs if default else recorded(benchmarks)
    starts = {name: seconds(words, smoke.cores) for name, words in commands().items() if name in {*smoke.jobs, *jobs}}
    yield from split("smoke study", smoke.jobs, starts, smoke)
    yield Measured("smoke study: processors busy", "%", [100 * cost.processor / cost.seconds / smoke.cores])
    if jobs:
        yield from split("default study", jobs, starts, default, OTHERS)
    for name, values in starts.items():
        yield Measured(f"start-up of `{name}`", "s", values)


def smoked() -> tuple[Cost, Run]:
    """What the smoke study took.

    Raises:
        ReversalError: it fails, or Snakemake's log has not the lines that are looked for.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        cost = run(snakemake(folder, "--cores", "all", "--configfile", str(SMOKE)), folder)
        made = next(filter(None, map(logged, folder.glob(".snakemake/log/*.log"))), None)
        if made is None:
            raise ReversalError("the smoke study's log does not tell what was made; has Snakemake another version?")
        return cost, precise(made, recorded(folder / paths.results("smoke") / "benchmarks"))


def split(
    study: str,
    jobs: Jobs,
    starts: Mapping[str, Sequence[float]],
    run: Run | None,
    others: float | None = None,
) -> Iterator[Measured]:
    """Where a study's time went.

    Args:
        study: what it is called.
        jobs: of all commands.
        starts: command → seconds of its start-ups.
        run: that they are of, where it is known.
        others: percent that all but training and evaluation should stay under.
    """
    paid = {name: statistics.median(values) for name, values in starts.items()}
    if run is None:
        found = shares(jobs, paid)
        for part, share in found.items():
            yield Measured(f"{study}, of its jobs' time: {part}", "%", [share])
        return
    found = shares(jobs, paid, run.seconds * run.cores)
    yield Measured(f"{study}: wall time", "s", [run.seconds])
    for part, share in found.items():
        yield Measured(f"{study}: {part}", "%", [share])
    rest = 100 - sum(found[part] for part in USEFUL)
    yield Measured(f"{study}: all but {' and '.join(USEFUL)}", "%", [rest], others)
    busy = None if others is None else BUSY
    yield Measured(f"{study}: cores with a job", "%", [100 - found[NONE]], at_least=busy)
