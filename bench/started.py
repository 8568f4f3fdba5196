"""Run a job's command up to where its stage begins: `python -m bench.start train --settings …`.

What remains is what every such job pays before it works: Python, the command line, the imports. A command of `cli`
makes its imports first and then looks at its options; the first look ends the process. No input is read.
"""

import argparse
import runpy
import sys
from collections.abc import Callable, Sequence

parsed = argparse.ArgumentParser.parse_args


class Options:
    """What a command was given, which nobody gets to see."""

    def __init__(self, run: Callable[..., None]) -> None:
        self.run = run

    def __getattr__(self, name: str) -> None:
        sys.exit()


def parse_args(parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> Options:
    """The command that was named, and nothing else."""
    return Options(parsed(parser, arguments).run)


if __name__ == "__main__":
    argparse.ArgumentParser.parse_args = parse_args
    runpy.run_module("reversal", run_name="__main__", alter_sys=True)
