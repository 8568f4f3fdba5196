"""The stage `data`: the pairs and sentences of a block of seeds, and how later stages read them back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from reversal import tables
from reversal.data import texts
from reversal.data.pairs import Pairs
from reversal.data.sentences import Sentences


def generate(data: Mapping[str, Any], seeds: Sequence[int], pairs_path: Path, sentences_path: Path) -> None:
    """Write the tables `pairs` and `sentences` of a block."""
    text = texts.of(data)
    drawn = [text.draw(seed, data) for seed in seeds]
    tables.write(pairs_path, "pairs", pa.concat_tables(map(_pairs_table, seeds, drawn)))
    tables.write(sentences_path, "sentences", pa.concat_tables(map(_sentences_table, seeds, map(text.write, drawn))))


def _pairs_table(seed: int, pairs: Pairs) -> pa.Table:
    count = len(pairs.a)
    columns = {
        "seed": np.full(count, seed),
        "pair": np.arange(count),
        "a": list(pairs.a),
        "b": list(pairs.b),
        "a_type": pairs.a_type,
        "answer": pairs.answer,
        "relation": pairs.relation,
        "inverse": pairs.inverse,
        "other": np.full(count, pairs.other),
        "both_ways": pairs.both_ways,
        "c": list(pairs.c),
        "told": pairs.told,
    }
    return pa.table(columns, schema=tables.arrow_schema("pairs"))


def _sentences_table(seed: int, text: Sentences) -> pa.Table:
    count = len(text.tokens)
    columns = {
        "seed": np.full(count, seed),
        "sentence": np.arange(count),
        "pair": text.pair,
        "told": pa.array(text.told.tolist()).dictionary_encode(),
        "tokens": list(text.tokens),
    }
    return pa.table(columns, schema=tables.arrow_schema("sentences"))


def read_pairs(path: Path, seeds: Sequence[int]) -> dict[int, Pairs]:
    """The pairs of each seed, without those of the second relation (nothing is asked of them)."""
    found = tables.read(path, "pairs")
    owner = found.column("seed").to_numpy()
    columns = {name: _numbers(found.column(name).combine_chunks()) for name in found.column_names}
    return {
        seed: _pairs({name: column[owner == seed] for name, column in columns.items()})
        for seed in seeds
        if seed in owner
    }


def _numbers(column: pa.Array) -> np.ndarray:
    """A column's values; those of lists, which are all of one length, as (rows, length)."""
    if pa.types.is_list(column.type):
        return column.values.to_numpy().reshape(len(column), -1)
    return column.to_numpy(zero_copy_only=False)


def _pairs(columns: Mapping[str, np.ndarray]) -> Pairs:
    whole = ("a", "b", "c", "a_type", "answer", "relation", "inverse")
    return Pairs(
        **{name: columns[name].astype(np.int64) for name in whole},
        other=int(columns["other"][0]),
        both_ways=columns["both_ways"],
        told=columns["told"],
        others=np.zeros((0, 2, columns["a"].shape[1]), dtype=np.int64),
    )


def read_sentences(path: Path, seeds: Sequence[int]) -> np.ndarray:
    """Tokens of every sentence, int64 (S, B, L), in the order of `seeds`."""
    found = tables.read(path, "sentences")
    tokens = found.column("tokens").combine_chunks()
    length = len(tokens.values) // len(tokens)
    flat = tokens.values.to_numpy().astype(np.int64).reshape(-1, length)
    owner = found.column("seed").to_numpy()
    return np.stack([flat[owner == seed] for seed in seeds])
