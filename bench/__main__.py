"""`python -m bench [NAME …]`: take measurements, print their medians, keep every value."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench import measurements
from bench.kept import keep, table
from bench.machine import described
from bench.measured import Measured, Skipped
from reversal.errors import ReversalError

OUTPUT = Path("results/bench/measurements.parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; a ReversalError is one line on standard error and exit status 1."""
    options = _options(arguments)
    machine = described()
    try:
        found = dict(taken(options.names or known(), options.repeats))
        keep(found, machine, OUTPUT)
    except ReversalError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"{machine}\n")
    console.print(table(found))
    console.print(f"\nEvery value: {OUTPUT}")
    return 0


def known() -> list[str]:
    """The measurements there are."""
    return sorted(module.name for module in pkgutil.iter_modules(measurements.__path__))


def taken(names: Iterable[str], repeats: int) -> Iterable[tuple[str, list[Measured | Skipped]]]:
    """Each measurement's title and what came of it."""
    for name in track(list(names), "measuring", console=Console(stderr=True)):
        module = importlib.import_module(f"bench.measurements.{name}")
        yield module.TITLE, list(module.measure(repeats))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What the workflow costs on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(known())}; all if none is named")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; medians are shown (default: 3)")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in known()]:
        parser.error(f"{unknown[0]} is no measurement; one of: {', '.join(known())}")
    if options.repeats < 1:
        parser.error(f"--repeats: {options.repeats} is out of range; it must be ≥ 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
