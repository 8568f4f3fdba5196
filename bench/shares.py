"""Where the time of a run's cores goes: what jobs compute, what they pay before that, and what no job has."""

from collections.abc import Mapping

from bench.past import Jobs

PARTS = {
    "train": "training",
    "language train": "training",
    "evaluate": "evaluation",
    "language probe": "evaluation",
    "data": "texts",
    "language corpus": "texts",
    "statistics": "statistics",
    "figures": "figures",
}
"""Command → what its jobs compute."""
STARTING, NONE = "start-up of jobs", "Snakemake, and cores without a job"
USEFUL = ("training", "evaluation")


def shares(jobs: Jobs, starts: Mapping[str, float], whole: float | None = None) -> dict[str, float]:
    """Percent, 100 together.

    Args:
        jobs: of all commands.
        starts: command → seconds of a start-up. Every job had one, which was no longer than the shortest job of the
            command was, whatever the machine does now.
        whole: seconds on the clock × cores; None for those of the jobs alone, of which no core is without one.
    """
    spent = dict.fromkeys([*PARTS.values(), STARTING], 0.0)
    for command, seconds in jobs.items():
        starting = len(seconds) * min(starts[command], *seconds)
        spent[STARTING] += starting
        spent[PARTS[command]] += sum(seconds) - starting
    busy = sum(spent.values())
    if whole is not None:
        whole = max(whole, busy)  # a log has whole seconds, and jobs may add up to more
        spent[NONE] = whole - busy
    return {part: 100 * seconds / (whole or busy) for part, seconds in spent.items()}
