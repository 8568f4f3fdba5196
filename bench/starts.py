"""What jobs pay before they work: their own commands, as Snakemake would run them, ended where their stage begins."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import ROOT, run, snakemake
from reversal.errors import ReversalError

SHOWN = "Shell command: python -m reversal "


def commands() -> dict[str, list[str]]:
    """Command → all words behind `python -m reversal` of one of its jobs, in the default study and its language models.

    Raises:
        ReversalError: Snakemake does not plan the study.
    """
    with TemporaryDirectory() as name:
        planned = snakemake(Path(name), "all", "language", "--cores", "1", "--dry-run", "--printshellcmds")
        done = subprocess.run(planned, cwd=name, capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {}
    for words in _shown(done.stdout.splitlines()):
        found.setdefault(command(words), words)
    if not found:
        raise ReversalError("a dry run of the default study shows no commands; look at `snakemake --dry-run`")
    return found


def command(words: Sequence[str]) -> str:
    """What stands before the options: `train`, `language probe`."""
    options = [place for place, word in enumerate(words) if word.startswith("--")]
    return " ".join(words[: min(options, default=len(words))])


def seconds(words: Sequence[str], cores: int) -> list[float]:
    """Of as many start-ups at once as there are cores, which is how they come in a run."""
    call = [sys.executable, "-m", "bench.started", *words]
    with ThreadPoolExecutor(cores) as pool:
        return [cost.seconds for cost in pool.map(lambda _: run(call, ROOT), range(cores))]


def _shown(lines: Iterable[str]) -> Iterator[list[str]]:
    """The words of every job's command, without the log that it writes."""
    for line in lines:
        if line.startswith(SHOWN):
            words = shlex.split(line.removeprefix(SHOWN))
            yield words[: words.index("2>")] if "2>" in words else words
