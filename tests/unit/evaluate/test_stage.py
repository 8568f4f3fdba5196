"""A block measured from its files: every table in the dictionary's columns, whatever the model."""

import numpy as np
import pandas as pd
import pytest

from reversal import device, tables
from reversal.data.stage import generate
from reversal.errors import ReversalError
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from tests.blocks import Block
from tests.runs import CPU, cell

SEEDS = (1, 2)
NEXT = {"objective": {"kind": "next_token", "loss": "last_entity"}}
CELLS = {
    "MDM": ({}, {}),
    "ARM": ({"model": {"attention": "causal"}, **NEXT}, {}),
    "inverse, words of two": ({}, {"word_size": 2, "relation": "inverse", "bidirectional_fraction": 0.5}),
    "random gap, learned": (
        {"model": {"position": {"kind": "learned"}}},
        {"layout": {"kind": "random_gap", "max_gap": 3}},
    ),
    "random offset, sinusoidal": (
        {"model": {"position": {"kind": "sinusoidal"}}},
        {"layout": {"kind": "random_offset"}},
    ),
    "by position": ({"model": {"query_key": "by_position"}}, {}),
    "by position, random gap": (
        {"model": {"query_key": "by_position", "value_output": "by_position"}},
        {"layout": {"kind": "random_gap", "max_gap": 3}},
    ),
    "MDM, causal": ({"model": {"attention": "causal"}}, {}),
    "MDM, words of three": ({}, {"word_size": 3}),
    "ARM, words of two": ({"model": {"attention": "causal"}, **NEXT}, {"word_size": 2}),
    "ARM, whole, words of three": (
        {"model": {"attention": "causal"}, "objective": {"kind": "next_token", "loss": "whole"}},
        {"word_size": 3},
    ),
    "frozen": ({"model": {"embeddings": "frozen"}}, {}),
    "any-order": ({"model": {"attention": "causal"}, "objective": {"kind": "any_order"}}, {}),
    "any-order, by position": (
        {"model": {"attention": "causal", "value_output": "by_position"}, "objective": {"kind": "any_order"}},
        {"relation": "inverse", "bidirectional_fraction": 0.5},
    ),
    "tian, ARM": ({"model": {"kind": "tian"}, **NEXT}, {"relation": "inverse", "bidirectional_fraction": 0.5}),
    "tian, ARM, words of two": ({"model": {"kind": "tian"}, **NEXT}, {"word_size": 2}),
    "tian, MDM": ({"model": {"kind": "tian", "attention": "bidirectional"}}, {}),
    "bilinear": (
        {"like": "bilinear", "data": "facts", "model": {"kind": "bilinear", "width": 8}},
        {"other_pairs": 0, "layout": {"kind": "adjacent"}},
    ),
}


APART = {
    "chain, MDM": ({}, {"text": {"kind": "chain"}}),
    "chain, ARM": ({"model": {"attention": "causal"}, **NEXT}, {"text": {"kind": "chain"}}),
    "related chain, ARM": (
        {"model": {"attention": "causal"}, **NEXT},
        {"word_size": 2, "text": {"kind": "chain", "related": True}},
    ),
    "context, MLM": ({"objective": {"kind": "mlm"}}, {"text": {"kind": "in_context", "second": 3}}),
    "chain, any-order": (
        {"model": {"attention": "causal"}, "objective": {"kind": "any_order"}},
        {"text": {"kind": "chain"}},
    ),
    "chain, theory": ({"model": {"kind": "tian"}, **NEXT}, {"text": {"kind": "chain"}}),
    "context, any-order": (
        {"model": {"attention": "causal"}, "objective": {"kind": "any_order"}},
        {"text": {"kind": "in_context", "second": 3}},
    ),
    "context, target-only": ({"objective": {"kind": "target_only"}}, {"text": {"kind": "in_context", "second": 3}}),
    "context, source-only": ({"objective": {"kind": "source_only"}}, {"text": {"kind": "in_context", "second": 3}}),
}
"""Texts without a pair to ask `reverse` of."""


def made(folder, of, scored_pairs=0):
    """Train and evaluate a cell; the paths of what came of it."""
    block = Block(folder, of, SEEDS)
    block.train()
    outputs = {table: folder / f"{table}.parquet" for table in TABLES}
    measure = {"distances": [2, 3], "facts": 3, "scored_pairs": scored_pairs}
    evaluate_block(of.settings, of.trained, measure, block.pairs, block.kept, outputs, CPU)
    return {"history": block.history, **outputs}, block.pairs, block.kept


@pytest.mark.parametrize(("change", "data"), CELLS.values(), ids=CELLS)
def test_every_kind_of_cell_fills_its_tables(tmp_path, change, data):
    of = cell(change, data, steps=9)
    paths, _, _ = made(tmp_path, of)
    found = {table: tables.read(path, table).to_pandas() for table, path in paths.items()}
    answers = found["queries"]
    assert set(answers["step"]) == set(of.checkpoints)
    assert set(answers["seed"]) == set(SEEDS)
    at_own = answers[answers["own_distance"]]
    counts = at_own.groupby(["seed", "step", "query", "frame"], observed=True).size()
    assert (counts == of.data["pairs"]).all()
    assert set(found["history"]["query"]) == set(of.trained)
    masked = of.objective["kind"] != "next_token" and of.model["kind"] == "transformer"
    assert (len(found["attention"]) > 0) == masked
    assert len(found["gradients"]) > 0
    assert len(found["weights"]) == len(SEEDS) * len(of.checkpoints) * of.data["pairs"]
    kinds = 1 if of.data["bidirectional_fraction"] == 0 else 2
    assert (
        len(found["logits"]) == len(SEEDS) * 2 * 2 * kinds * 3 * 3
    )  # checkpoints, queries, kinds of pairs, 3 facts each
    assert set(found["logits"]["step"]) == {of.checkpoints[0], of.checkpoints[-1]}


@pytest.mark.parametrize("kind", ["MDM, words of three", "ARM, words of two"])
def test_candidates_are_read_out_at_the_last_checkpoint(tmp_path, kind):
    """A model with masks scores them without reading, at every checkpoint."""
    change, data = CELLS[kind]
    of = cell(change, data, steps=9)
    paths, _, _ = made(tmp_path, of)
    rows = tables.read(paths["queries"], "queries").to_pandas()
    last = rows["step"] == of.checkpoints[-1]
    known = rows[[name for name in rows if name.startswith("candidate_")]].notna()
    assert known[last].all(axis=None)
    assert (~last).any()
    assert (known[~last] == kind.startswith("MDM")).all(axis=None)
    assert rows["rank"].notna().all()


@pytest.mark.parametrize(("change", "data"), APART.values(), ids=APART)
def test_texts_without_a_reverse_have_queries_and_nothing_else(tmp_path, change, data):
    of = cell(change, {"other_pairs": 0, **data}, steps=9)
    paths, _, _ = made(tmp_path, of)
    found = {table: tables.read(path, table).to_pandas() for table, path in paths.items()}
    assert {table for table, rows in found.items() if len(rows)} == {"history", "queries"}
    assert set(found["history"]["query"]) == set(of.trained)
    rows = found["queries"]
    held_out = {"chain": {"one_step", "step_by_step"}, "in_context": {"in_context"}}[of.data["text"]["kind"]]
    assert set(rows.loc[~rows["trained"], "query"]) - {"source", "target"} == held_out
    counts = rows.groupby(["seed", "step", "query"], observed=True).size().groupby("query", observed=True).unique()
    for query in held_out:
        assert counts[query].tolist() == [4]  # 12 pairs, .7 told
    assert not rows.duplicated(["seed", "step", "query", "pair"]).any()


@pytest.mark.parametrize("data", [{}, APART["chain, MDM"][1]], ids=["facts", "chain"])
def test_the_history_agrees_with_the_queries(tmp_path, data):
    of = cell({}, {"other_pairs": 0, **data}, steps=30)
    paths, _, _ = made(tmp_path, of)
    history = tables.read(paths["history"], "history").to_pandas()
    answers = tables.read(paths["queries"], "queries").to_pandas()
    last = history[history["step"] == 30].set_index(["seed", "query"])["nll"]
    asked = (
        answers[(answers["step"] == 30) & answers["trained"]].groupby(["seed", "query"], observed=True)["nll"].mean()
    )
    for key, value in last.items():
        assert asked[key] == pytest.approx(value, rel=1e-5)


def test_a_damaged_checkpoint_is_named(tmp_path):
    of = cell({}, steps=9)
    _, pairs, kept = made(tmp_path, of)
    kept[1].write_bytes(kept[1].read_bytes()[:100])
    with pytest.raises(ReversalError, match=r"1\.safetensors: checkpoint cannot be read"):
        evaluate_block(of.settings, of.trained, {"distances": [2], "facts": 2, "scored_pairs": 0}, pairs, kept, {}, CPU)


def test_pairs_of_another_block_are_refused(tmp_path):
    of = cell({}, steps=9)
    _, _, kept = made(tmp_path, of)
    other = tmp_path / "other" / "pairs.parquet"
    generate(of.data, (8, 9), other, tmp_path / "other" / "sentences.parquet")
    with pytest.raises(ReversalError, match="has no pairs of seed 1"):
        evaluate_block(of.settings, of.trained, {"distances": [2], "facts": 2, "scored_pairs": 0}, other, kept, {}, CPU)


def test_weights_are_logits_over_the_mean_of_their_type(tmp_path):
    of = cell(*CELLS["bilinear"], steps=30)
    paths, _, _ = made(tmp_path, of)
    weights = tables.read(paths["weights"], "weights").to_pandas()
    begin = weights[weights["step"] == 0]
    np.testing.assert_array_equal(begin[["forward", "reverse"]], 0)  # Θ starts at 0
    grown = weights[weights["step"] == 30]
    assert (grown["forward"] > 0).all()


def by_key(path, table):
    """A table in the order of its own keys, with its numbers apart."""
    found = tables.read(path, table).to_pandas()
    numbers = [name for name in found if found[name].dtype.kind == "f"]
    keys = [name for name in found if name not in numbers]
    return found.sort_values(keys)[keys + numbers].reset_index(drop=True)


def test_seeds_measured_one_at_a_time_give_the_same_tables(tmp_path, monkeypatch):
    of = cell({}, steps=9)
    together, _, _ = made(tmp_path / "together", of)
    monkeypatch.setattr(device, "CPU_HELD", 1)
    alone, _, _ = made(tmp_path / "alone", of)
    for table in TABLES:
        expected, found = by_key(together[table], table), by_key(alone[table], table)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-5, atol=1e-7)


def test_scores_of_the_first_pairs_are_those_of_all_and_references_are_of_their_keys(tmp_path):
    of = cell({}, steps=9)
    every, _, _ = made(tmp_path / "every", of)
    some, _, _ = made(tmp_path / "some", of, scored_pairs=5)
    attention = by_key(every["attention"], "attention")
    first = attention[attention["pair"] < 5].reset_index(drop=True)
    pd.testing.assert_frame_equal(by_key(some["attention"], "attention"), first)
    begin = first[(first["step"] == 0) & (first["distance"] == 2)]
    references = by_key(some["references"], "references")
    known = references[
        (references["kind"] == "conditional") & (references["step"] == 0) & (references["distance"] == 2)
    ]
    for (seed, head), rows in begin.groupby(["seed", "head"]):
        r = np.corrcoef(rows["score_fwd"], rows["score_rev"])[0, 1]
        (expected,) = known[(known["seed"] == seed) & (known["head"] == head)]["r"]
        assert r == pytest.approx(expected, abs=1e-3)
