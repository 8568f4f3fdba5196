"""How costs grow: the exponent b of cost = fixed + c · sizeᵇ (`powers`), of time, memory and tables.

The sizes of a curve are a process of their own, which does them in ascending order, so that its peak is the memory of
each, and again in as many rounds as there are repeats: an exponent is fitted to each round, for one round alone misses
by a fifth and more on a machine with neighbours. Where time is held to nothing one round is enough. Time is that of the
processor which works. The largest size takes 6 GB.

Every pair brings two tokens of its own, so that the vocabulary grows with the pairs, and every answer is looked for in
all of it: a step on all pairs costs their square by what it is, as evaluation does. What pairs cost by
themselves is told where entities are of 20,000 tokens however many pairs there are. Even then a query is held to as
many candidates as there are pairs.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.commands import ROOT, run
from bench.measured import Measured
from bench.measurements import dry_run
from bench.powers import exponent

TITLE = "how costs grow: exponents b of fixed + c · sizeᵇ, the reference cell on one core"
LINEAR = 1.1
"""What the exponent of linear growth should stay under, measured as it is."""
UNITS = {"time": ("s", 1), "memory": ("GB", 1), "queries": ("MB", 1e6), "attention": ("MB", 1e6)}
"""Quantity → its unit, and how much that is."""


Rounds = Sequence[Sequence[Mapping[str, float]]]
"""By round and size: quantity → its cost."""


class Curve(NamedTuple):
    """A cost at several sizes."""

    title: str
    of: str
    """What grows."""
    sizes: Sequence[int]
    """Four at least, ascending."""
    costs: Callable[[Sequence[int], int], Rounds]
    """Sizes and how many rounds → round → size → quantity → its cost: seconds of the processor, GB or bytes."""
    linear: Sequence[str] = tuple(UNITS)
    """Quantities that should grow no faster than the size."""


def grown(work: str, of: str, sizes: Sequence[int], rounds: int, **fixed: int) -> Rounds:
    """What a piece of work tells of itself, by round and size, and in the first round the memory that it takes."""
    with TemporaryDirectory() as name:
        output = Path(name) / "found.json"
        given = json.dumps({"of": of, "sizes": sizes, "rounds": rounds, "fixed": fixed})
        run([sys.executable, "-m", "bench.grown", work, given, str(output)], ROOT)
        return json.loads(output.read_text(encoding="utf-8"))


def planned(sizes: Sequence[int], rounds: int) -> Rounds:
    """What dry runs of so many runs take, in blocks of ten seeds: at most a hundred seeds a cell."""
    return [[_planned(runs) for runs in sizes] for _ in range(rounds)]


def _planned(runs: int) -> dict[str, float]:
    cost = dry_run.plan(10, cells=max(1, runs // 100), seeds=min(runs, 100))
    return {"time": cost.processor, "memory": cost.gigabytes}


SEEDS, FEW_SEEDS = (1, 2, 8, 32, 64), (1, 3, 10, 30)
PAIRS, MORE_PAIRS, FEW_PAIRS = (50, 300, 1000, 4000), (50, 300, 2000, 10_000), (50, 200, 800, 1600)
CHECKPOINTS, RUNS = (2, 4, 8, 16, 32), (10, 100, 1000, 10_000)
TABLES = ("queries", "attention")
OWN, MANY = "own vocabulary", "vocabulary of 20,000"
TRAINING, ASKING, EVALUATION = (partial(grown, work) for work in ("training", "asking", "evaluation"))
CURVES = (
    Curve("training step", "seeds", SEEDS, partial(TRAINING, "seeds")),
    Curve(f"training step, {OWN}", "pairs", PAIRS, partial(TRAINING, "pairs"), ()),
    Curve(f"training step, {MANY}", "pairs", MORE_PAIRS, partial(TRAINING, "pairs", tokens=20_000)),
    Curve(f"a query, {MANY}", "pairs", MORE_PAIRS, partial(ASKING, "pairs", tokens=20_000)),
    Curve("evaluation of two seeds", "checkpoints", CHECKPOINTS, partial(EVALUATION, "checkpoints", seeds=2)),
    Curve("evaluation", "seeds", FEW_SEEDS, partial(EVALUATION, "seeds")),
    Curve(f"evaluation, {OWN}", "pairs", FEW_PAIRS, partial(EVALUATION, "pairs"), TABLES),
    Curve("the statistic accuracy", "blocks", FEW_SEEDS, partial(grown, "estimation", "blocks")),
    Curve("dry run", "runs", RUNS, planned, ()),
)


def measure(repeats: int) -> Iterator[Measured]:
    """The exponent of every quantity, and what the largest size costs."""
    for curve in CURVES:
        yield from told(curve, repeats if "time" in curve.linear else 1)


def told(curve: Curve, rounds: int) -> Iterator[Measured]:
    """A curve, taken so many times."""
    taken = curve.costs(curve.sizes, rounds)
    for quantity in taken[0][0]:
        unit, much = UNITS[quantity]
        courses = [[costs[quantity] for costs in each] for each in taken if quantity in each[0]]
        aim = LINEAR if quantity in curve.linear else None
        name = f"{curve.title}, {curve.sizes[0]:,}–{curve.sizes[-1]:,} {curve.of}: {quantity}"
        yield Measured(f"{name}, exponent", "", [exponent(curve.sizes, course) for course in courses], aim)
        yield Measured(f"{name}, at most", unit, [course[-1] / much for course in courses])
