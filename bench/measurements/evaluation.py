"""What measuring a cell costs beside training it: the reference cell, ten seeds, all its checkpoints.

The parts are timed where the stage calls them, so that they are those of a real evaluation.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bench.block import SEEDS, trained, written
from bench.measured import Measured
from bench.reference import cell, default
from reversal.evaluate import TABLES, stage
from reversal.machines.devices import choose

TITLE = "evaluation of the reference cell, ten seeds, all checkpoints, one core"
PARTS = {"answer": "queries", "scores": "scores", "align": "gradients"}
"""Function that the stage calls → what it measures."""


def measure(repeats: int) -> Iterator[Measured]:
    """Evaluation beside training, and each part's pairs a second."""
    choose(0, 1)
    runs = [evaluated() for _ in range(repeats)]
    yield Measured("evaluation over training", "×", [whole / training for training, whole, _, _ in runs], aim=1)
    yield Measured("training, all steps", "s", [training for training, _, _, _ in runs])
    yield Measured("evaluation", "s", [whole for _, whole, _, _ in runs])
    for part in PARTS.values():
        rates = [pairs[part] / seconds[part] for _, _, seconds, pairs in runs]
        yield Measured(f"{part} ({_asked(part)})", "pairs/s", rates)
    rests = [whole - sum(seconds.values()) for _, whole, seconds, _ in runs]
    yield Measured("all else: weights, logits, reading checkpoints, writing tables", "s", rests)


def _asked(part: str) -> str:
    """What counts as a pair there."""
    return "both losses and their gradients" if part == "gradients" else "one query of one pair of one seed"


def evaluated() -> tuple[float, float, Counter, Counter]:
    """Seconds of training, of evaluation, of each part; and pairs of each part."""
    seconds, pairs = Counter(), Counter()
    with TemporaryDirectory() as name:
        folder, of, how = Path(name), cell(), default().evaluation
        inputs = written(of, folder)
        start = time.perf_counter()
        checkpoints = trained(of, inputs, folder)
        training = time.perf_counter() - start
        count = of.data["pairs"] * len(SEEDS)
        timed = {called: _timed(getattr(stage, called), part, count, seconds, pairs) for called, part in PARTS.items()}
        outputs = {table: folder / f"{table}.parquet" for table in TABLES}
        start = time.perf_counter()
        with patch.multiple(stage, **timed):
            stage.evaluate_block(of.settings, of.trained, how, inputs[0], checkpoints, outputs, choose(0, 1))
        return training, time.perf_counter() - start, seconds, pairs


def _timed(work: Callable, part: str, count: int, seconds: Counter, pairs: Counter) -> Callable:
    def timed(*arguments: object, **named: object) -> object:
        start = time.perf_counter()
        made = work(*arguments, **named)
        seconds[part] += time.perf_counter() - start
        pairs[part] += count
        return made

    return timed
