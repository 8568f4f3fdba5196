"""The stage `evaluate`: queries, scores, references, gradients, weights and logits of a block at its checkpoints."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import torch

from reversal import tables
from reversal.data import queries, texts
from reversal.data.geometry import reach, vocabulary_size
from reversal.data.pairs import Pairs
from reversal.data.query import Form, form, own_distance
from reversal.data.stage import read_pairs
from reversal.device import chunk
from reversal.errors import ReversalError
from reversal.evaluate import TABLES
from reversal.evaluate.answers import answer, further, questions
from reversal.evaluate.gradients import align
from reversal.evaluate.logits import maps
from reversal.evaluate.scores import references, scores
from reversal.evaluate.weights import weigh
from reversal.fingerprint import fingerprint
from reversal.models.architectures.transformer import Architecture as Transformer
from reversal.models.model import Model, build
from reversal.models.size import held_in_evaluation
from reversal.train import checkpoint
from reversal.train.checkpoint import Checkpoint

log = logging.getLogger(__name__)

Columns = dict[str, Any]

MANY = 1000
"""More seeds than a block has."""


class Bench(NamedTuple):
    """What every measurement needs, for one block."""

    model: Model
    data: Mapping[str, Any]
    form: Form
    pairs: list[Pairs]
    distances: Sequence[int]
    facts: int
    scored_pairs: int
    device: torch.device


def evaluate_block(
    settings: Mapping[str, Any],
    trained: Sequence[str],
    evaluation: Mapping[str, Any],
    pairs_path: Path,
    checkpoint_paths: Sequence[Path],
    outputs: Mapping[str, Path],
    device: torch.device,
) -> None:
    """Measure every checkpoint of a block and write the tables of `TABLES`.

    Args:
        settings: of the cell.
        trained: the queries that its objective trains.
        evaluation: distances, facts and scored_pairs, as in the config.
        pairs_path: the block's pairs.
        checkpoint_paths: one a checkpoint step, ascending.
        outputs: table name → path.
        device: where to compute.

    Raises:
        ReversalError: an input is missing, damaged or of another block.
    """
    made: dict[str, list[Columns]] = {table: [] for table in TABLES}
    data = settings["data"]
    model = build(settings["model"], vocabulary_size(data), reach(data))
    asked = form(settings["objective"], trained)
    at_once = chunk(MANY, 1, device, held=held_in_evaluation(settings, evaluation["facts"]))
    drawn: dict[int, Pairs] = {}
    last = len(checkpoint_paths) - 1
    for number, path in enumerate(checkpoint_paths):
        ends, final = number in (0, last), number == last
        for found in checkpoint.portions(path, at_once):
            if not drawn.keys() >= {*found.seeds}:
                drawn |= read_pairs(pairs_path, found.seeds)
            if missing := [seed for seed in found.seeds if seed not in drawn]:
                raise ReversalError(
                    f"{pairs_path}: has no pairs of seed {missing[0]}, which {path} has; run `data` again"
                )
            pairs = [drawn[seed] for seed in found.seeds]
            bench = Bench(
                model,
                data,
                asked,
                pairs,
                evaluation["distances"],
                evaluation["facts"],
                evaluation["scored_pairs"],
                device,
            )
            for table, columns in _measure(bench, found, ends=ends, final=final):
                made[table].append(columns)
            log.info("step %d, seeds %d–%d: measured", found.step, found.seeds[0], found.seeds[-1])
    for table, path in outputs.items():
        tables.write(path, table, _joined(table, made[table]), fingerprint=fingerprint(settings))


def _measure(bench: Bench, found: Checkpoint, *, ends: bool, final: bool) -> Iterator[tuple[str, Columns]]:
    """Every table's columns at one checkpoint.

    Answers and scores at further distances, and logits, at both ends only; candidates that a model has to read one by
    one at the final checkpoint.
    Texts without a pair to ask `reverse` of have nothing but queries.
    """
    parameters = {name: value.to(bench.device) for name, value in found.parameters.items()}
    reverses = texts.of(bench.data).REVERSES
    across = further(bench.data, bench.distances, bench.model.reach) if ends and reverses else []
    yield from (("queries", columns) for columns in _queries(bench, found, parameters, across, final))
    if not reverses:
        return
    if isinstance(bench.model, Transformer) and bench.form.masked:
        yield from _scores(bench, found, parameters, across)
    yield from (("gradients", columns) for columns in _gradients(bench, found))
    told = weigh(bench.model, parameters, bench.pairs, bench.data, bench.form, bench.device)
    pair = np.tile(np.arange(len(bench.pairs[0].a)), (len(bench.pairs), 1))
    yield "weights", {**_index(found, pair), **{name: value.ravel() for name, value in told.items()}}
    if ends:
        yield from (("logits", columns) for columns in _logits(bench, found, parameters))


def _index(found: Checkpoint, pair: np.ndarray) -> Columns:
    """Seed, step and pair of (S, N) measures laid out flat, for the pairs (S, N) that were asked about."""
    return {
        "seed": np.repeat(found.seeds, pair.shape[1]),
        "step": np.full(pair.size, found.step),
        "pair": pair.ravel(),
    }


def _queries(
    bench: Bench, found: Checkpoint, parameters: dict[str, torch.Tensor], across: Sequence[int], final: bool
) -> Iterator[Columns]:
    for query in questions(bench.pairs, bench.data, bench.form, across):
        measures = answer(bench.model, parameters, query, bench.pairs, bench.form.masked, bench.device, read_out=final)
        index = _index(found, query.pair)
        constant = {
            "query": query.name,
            "frame": query.frame,
            "distance": query.distance,
            "own_distance": query.own_distance,
        }
        yield {
            **index,
            **{name: [value] * len(index["seed"]) for name, value in constant.items()},
            "trained": query.trained.ravel(),
            **{name: value.ravel() for name, value in measures.items()},
        }


def _scores(
    bench: Bench, found: Checkpoint, parameters: dict[str, torch.Tensor], across: Sequence[int]
) -> Iterator[tuple[str, Columns]]:
    own = own_distance(bench.data)
    for distance in [own, *across]:
        measured = scores(bench.model, parameters, bench.pairs, bench.data, bench.form, distance, bench.device)
        measured = measured.first(bench.scored_pairs)
        layer, seed, pair, head = (grid.ravel() for grid in np.indices(measured.forward.shape))
        shared = {"step": found.step, "distance": distance}
        yield (
            "attention",
            {
                "seed": np.array(found.seeds)[seed],
                "layer": layer,
                "head": head,
                "pair": pair,
                "score_fwd": measured.forward.ravel(),
                "score_rev": measured.backward.ravel(),
                "weight_fwd": measured.weight_forward.ravel(),
                "weight_rev": measured.weight_backward.ravel(),
                **{
                    name: np.full(layer.size, value)
                    for name, value in {**shared, "own_distance": distance == own}.items()
                },
            },
        )
        for kind, r in references(bench.model, measured, distance, bench.data["word_size"]).items():
            seed, head = (grid.ravel() for grid in np.indices(r.shape))
            yield (
                "references",
                {
                    "seed": np.array(found.seeds)[seed],
                    "layer": np.zeros(seed.size, dtype=int),
                    "head": head,
                    "kind": [kind] * seed.size,
                    "r": r.ravel(),
                    **{name: np.full(seed.size, value) for name, value in shared.items()},
                },
            )


def _gradients(bench: Bench, found: Checkpoint) -> Iterator[Columns]:
    source = bench.form.masked and "source" in bench.form.trained
    build_query = queries.source if source else queries.target
    forward = build_query(bench.pairs, bench.data, bench.form)
    backward = queries.reverse(bench.pairs, bench.data, bench.form, queries.frames(bench.data)[0])
    groups, first_order = align(
        bench.model, found.parameters, found.update, forward, backward, bench.facts, bench.device
    )
    for alignment in groups:
        measured = first_order._asdict() if alignment.group == "all" else dict.fromkeys(first_order._fields)
        nothing = np.full(len(found.seeds), np.nan)
        yield {
            "seed": np.array(found.seeds),
            "step": np.full(len(found.seeds), found.step),
            "forward": [forward.name] * len(found.seeds),
            "group": [alignment.group] * len(found.seeds),
            "cosine": alignment.cosine,
            "matched": alignment.matched,
            "mismatched": alignment.mismatched,
            **{name: nothing if value is None else value for name, value in measured.items()},
        }


def _logits(bench: Bench, found: Checkpoint, parameters: dict[str, torch.Tensor]) -> Iterator[Columns]:
    for made in maps(bench.model, parameters, bench.pairs, bench.data, bench.form, bench.facts, bench.device):
        seed, row, column = (grid.ravel() for grid in np.indices(made.logits.shape))
        constant = {"step": found.step, "query": made.query, "both_ways": made.both_ways}
        yield {
            "seed": np.array(found.seeds)[seed],
            "row": row,
            "column": column,
            "trained": made.trained[seed, row],
            "logit": made.logits.ravel(),
            **{name: [value] * seed.size for name, value in constant.items()},
        }


def _joined(table: str, parts: list[Columns]) -> pa.Table:
    """Columns under one another, with the dictionary's types; no rows where nothing was measured."""
    schema = tables.arrow_schema(table)
    if not parts:
        return schema.empty_table()
    made = [
        {name: pa.array(part[name], from_pandas=True).cast(_plain(schema, name)) for name in schema.names}
        for part in parts
    ]
    columns = [pa.concat_arrays([part[name] for part in made]) for name in schema.names]
    return pa.table(
        [
            column.cast(schema.field(name).type)
            if not pa.types.is_dictionary(schema.field(name).type)
            else column.dictionary_encode()
            for name, column in zip(schema.names, columns, strict=True)
        ],
        schema=schema,
    )


def _plain(schema: pa.Schema, name: str) -> pa.DataType:
    kind = schema.field(name).type
    return kind.value_type if pa.types.is_dictionary(kind) else kind
