"""The statistic `accuracy` of one cell, from reading its tables to writing its estimates, over blocks of seeds.

The answers are random numbers in the form of the default study's: what they say costs nothing. Nothing here imports
torch, which no job of the stage does.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.reference import cell, default, typical
from reversal import tables
from reversal.statistics.arrays import crossing
from reversal.statistics.runs import Gate
from reversal.statistics.stage import estimate

SEEDS = 10
"""Of a block."""
QUERIES = {"source": True, "target": True, "reverse": False, "wrong_frame": False}
"""Query → is it trained?"""
SHARES = ("probability", "candidate_probability", "mass_a", "mass_b", "echo")


def work(blocks: int = 1) -> dict[str, float]:
    """Seconds for so many blocks of ten seeds, 100 pairs, four queries and twelve checkpoints."""
    of = cell()
    record = {"name": of.name, "label": of.label, "family": of.family, "trained": [], "settings": of.settings}
    with TemporaryDirectory() as name:
        paths = [Path(name) / f"{block}.parquet" for block in range(blocks)]
        for block, path in enumerate(paths):
            tables.write(path, "queries", answers(block, of.checkpoints, of.data["pairs"]))
        cells, output = [{**record, "tables": {"queries": paths}}], Path(name) / "accuracy.parquet"
        inference = default().inference
        return {"time": typical(lambda: estimate("accuracy", cells, Gate(0), inference, output))}


def answers(block: int, steps: Sequence[int], pairs: int) -> dict[str, Any]:
    """The table `queries` of a block."""
    seeds = range(SEEDS * block, SEEDS * (block + 1))
    rows = crossing(seed=seeds, step=steps, query=list(QUERIES), pair=range(pairs))
    told = {"frame": "same", "distance": 2, "own_distance": True, "trained": rows["query"].map(QUERIES)}
    rows, draw = rows.assign(**told), np.random.default_rng(block)
    shares = {name: draw.random(len(rows)) for name in SHARES}
    losses = {name: draw.exponential(size=len(rows)) for name in ("nll", "candidate_nll")}
    ranks = {name: draw.integers(1, pairs, size=len(rows)) for name in ("rank", "candidate_rank")}
    return dict(rows.assign(**shares, **losses, **ranks).items())
