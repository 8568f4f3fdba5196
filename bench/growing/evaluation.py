"""The stage `evaluate`: every table of some seeds, at so many checkpoints of the first steps of their training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.reference import cell, default, typical
from reversal.data.stage import generate
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from reversal.machines.devices import choose
from reversal.study import Cell
from reversal.train.checkpoint import Checkpoint, joined, save
from reversal.train.loop import train
from reversal.train.stage import chunk_size, chunks, model_of


def work(checkpoints: int = 2, seeds: int = 1, pairs: int | None = None) -> dict[str, float]:
    """Seconds, and the bytes of two tables: `queries`, and `attention`, which has a row a head."""
    of, evaluation, device = cell(pairs), default().evaluation, choose(0, 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        kept = trained(of, range(seeds), checkpoints, folder)
        outputs = {table: folder / f"{table}.parquet" for table in TABLES}
        given = (of.settings, of.trained, evaluation, folder / "pairs.parquet", kept, outputs, device)
        time = typical(lambda: evaluate_block(*given))
        return {"time": time, **{table: outputs[table].stat().st_size for table in ("queries", "attention")}}


def trained(of: Cell, block: Sequence[int], checkpoints: int, folder: Path) -> list[Path]:
    """A checkpoint a step, of all seeds, and the text they are of in `pairs.parquet`."""
    text, device = (folder / "pairs.parquet", folder / "sentences.parquet"), choose(0, 1)
    generate(of.data, block, *text)
    size, found = chunk_size(of.settings, block, text[1], device), [[] for _ in range(checkpoints)]
    for part in chunks(of.settings, of.trained, block, *text, device, size):
        steps = replace(part, checkpoints=tuple(range(checkpoints)))
        for pieces, made in zip(found, train(model_of(of.settings), steps, lambda moment: None), strict=False):
            pieces.append(made)
    return [_saved(folder / f"{number}.safetensors", pieces) for number, pieces in enumerate(found)]


def _saved(path: Path, pieces: Sequence[Checkpoint]) -> Path:
    save(path, joined(pieces))
    return path
