"""From config to a study: which texts, cells, blocks of seeds and experiments there are.

The Snakefile calls `load(config)` while it is read, so every mistake in the config is found before any
job runs, and the DAG is what this module says. It imports no torch.

    study ⊃ cell (one settings record) ⊃ block (seeds trained together) ⊃ run (cell × seed)
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reversal import registry, validation
from reversal.data.geometry import sentence_length, sentences, vocabulary_size
from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint


@dataclass(frozen=True)
class Block:
    """Consecutive master seeds that train together. `name` is their folder, such as `1000-1009`."""

    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.seeds[0]}-{self.seeds[-1]}"


@dataclass(frozen=True)
class Cell:
    """One settings record: dataset × model × objective × optimisation."""

    name: str
    label: str
    dataset: str
    data: Mapping[str, Any]
    model: Mapping[str, Any]
    objective: Mapping[str, Any]
    optimisation: Mapping[str, Any]
    checkpoints: tuple[int, ...]
    """Optimiser steps at which parameters are kept, ascending, 0 first."""

    @property
    def family(self) -> str:
        """The model family that figures colour by: bilinear, ARM, MDM, MLM, source-only or target-only."""
        if self.model["kind"] == "bilinear":
            return "bilinear"
        return registry.literals("train.objectives", self.objective["kind"])["FAMILY"]

    @property
    def trained(self) -> tuple[str, ...]:
        """The queries that the objective trains, which the gate looks at."""
        if self.model.get("attention") == "causal":
            return ("target",)  # the mask stands before B and cannot see it: `source` cannot be learnt
        return tuple(registry.literals("train.objectives", self.objective["kind"])["TRAINED"])

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result of a run depends on, beside its seed. What figures call the cell is no part of it."""
        return {
            "data": dict(self.data),
            "model": dict(self.model),
            "objective": dict(self.objective),
            "optimisation": dict(self.optimisation),
            "checkpoints": list(self.checkpoints),
        }

    def fingerprint(self, seed: int | None = None) -> str:
        """Twelve hex digits for the settings, or for one run of them."""
        return fingerprint([self.settings, seed])


@dataclass(frozen=True)
class Experiment:
    """Cells compared with one another, the statistics taken over them and the figures drawn of those."""

    name: str
    cells: tuple[str, ...]
    statistics: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """A whole config, resolved and found to be sound."""

    name: str
    seeds: tuple[int, ...]
    blocks: tuple[Block, ...]
    gate: float
    datasets: Mapping[str, Mapping[str, Any]]
    cells: Mapping[str, Cell]
    experiments: Mapping[str, Experiment]
    evaluation: Mapping[str, Any]
    inference: Mapping[str, Any]
    checkpoints: int
    """Checkpoints of every run, step 0 included."""

    def runs(self) -> Iterator[tuple[Cell, Block, int]]:
        """Every run of the study: cell, block, seed."""
        for cell in self.cells.values():
            for block in self.blocks:
                for seed in block.seeds:
                    yield cell, block, seed


def load(config: Mapping[str, Any]) -> Study:
    """Resolve a config.

    Raises:
        ReversalError: one line naming the key, the value and what would fit.
    """
    config = json.loads(json.dumps(config, default=str))
    unresolved = {**validation.schema(), "$defs": {"dataset": {"type": "object"}, "cell": {"type": "object"}}}
    validation.check({**unresolved}, validation.fill(unresolved, config), "")
    config = validation.fill(unresolved, config)
    datasets = {name: _dataset(name, config["datasets"]) for name in config["datasets"]}
    records = {**config.get("settings", {}), **config["cells"]}
    _refuse_shared_names(config)
    cells = {name: _cell(name, records, datasets, config["checkpoints"]) for name in config["cells"]}
    experiments = {name: _experiment(name, entry, cells) for name, entry in config["experiments"].items()}
    for position, name in enumerate(config["selected"]):
        _known(name, experiments, f"selected.{position}", "experiments")
    chosen = {name: experiments[name] for name in config["selected"]}
    used = dict.fromkeys(cell for experiment in chosen.values() for cell in experiment.cells)
    cells = {name: cells[name] for name in used}
    for cell in cells.values():
        _refuse_contradictions(cell, config["evaluation"])
    blocks = _blocks(config["seeds"])
    return Study(
        name=config["study"],
        seeds=tuple(seed for block in blocks for seed in block.seeds),
        blocks=blocks,
        gate=config["gate"],
        datasets={name: datasets[name] for name in dict.fromkeys(cell.dataset for cell in cells.values())},
        cells=cells,
        experiments=chosen,
        evaluation=config["evaluation"],
        inference=config["inference"],
        checkpoints=config["checkpoints"]["count"] + 1,
    )


def _blocks(seeds: Mapping[str, int]) -> tuple[Block, ...]:
    first, count, size = seeds["first"], seeds["count"], seeds["block"]
    every = range(first, first + count)
    return tuple(Block(tuple(every[start : start + size])) for start in range(0, count, size))


def _inherit(name: str, records: Mapping[str, Any], where: str, node: dict, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """A record with all that it is `like` underneath."""
    record = dict(records[name])
    parent = record.pop("like", None)
    if parent is None:
        return record
    if not isinstance(parent, str) or parent not in records:
        _known(parent, records, f"{where}.{name}.like", "records")
    if parent == name or parent in seen:
        raise ReversalError(f"{where}.{name}.like: {parent!r} leads back to {name!r}; break the circle")
    return validation.overlay(node, _inherit(parent, records, where, node, (*seen, name)), record)


def _dataset(name: str, records: Mapping[str, Any]) -> dict[str, Any]:
    node = validation.definition("dataset")
    dataset = validation.fill(node, _inherit(name, records, "datasets", node))
    validation.check(node, dataset, f"datasets.{name}")
    where = f"datasets.{name}"
    need = 2 * dataset["pairs"] * dataset["word_size"]
    if dataset["entity_tokens"] and dataset["entity_tokens"] < need:
        raise ReversalError(f"{where}.entity_tokens: {dataset['entity_tokens']} is out of range; {dataset['pairs']} pairs need {need}, or 0 for just enough")
    if not registry.literals("data.layouts", dataset["layout"]["kind"])["RELATION"]:
        if dataset["other_pairs"] or dataset["relation"] == "inverse":
            raise ReversalError(f"{where}.layout.kind: '{dataset['layout']['kind']}' writes no relation; set relation: symmetric and other_pairs: 0, or another layout")
    return dataset


def _cell(name: str, records: Mapping[str, Any], datasets: Mapping[str, Any], checkpoints: Mapping[str, int]) -> Cell:
    node = validation.definition("cell")
    record = validation.fill(node, _inherit(name, records, "cells", node))
    validation.check(node, record, f"cells.{name}")
    _known(record["data"], datasets, f"cells.{name}.data", "datasets")
    return Cell(
        name=name,
        label=record["label"] or name,
        dataset=record["data"],
        data=datasets[record["data"]],
        model=record["model"],
        objective=record["objective"],
        optimisation=record["optimisation"],
        checkpoints=_steps(name, record["optimisation"]["steps"], checkpoints),
    )


def _steps(name: str, steps: int, checkpoints: Mapping[str, int]) -> tuple[int, ...]:
    first, count = checkpoints["first"], checkpoints["count"]
    if count > 1 and first >= steps:
        raise ReversalError(f"checkpoints.first: {first} is out of range; cells.{name} has {steps} steps, and the first checkpoint comes before the last")
    ratio = (steps / first) ** (1 / max(count - 1, 1))
    marks = [0, *(round(first * ratio**index) for index in range(count - 1)), steps]
    if len(set(marks)) < len(marks):
        twice = next(mark for mark in marks if marks.count(mark) > 1)
        raise ReversalError(f"checkpoints.count: {count} is out of range; cells.{name} has {steps} steps and two checkpoints would fall on step {twice}; take fewer, or a later first")
    return tuple(marks)


def _experiment(name: str, entry: Mapping[str, Any], cells: Mapping[str, Cell]) -> Experiment:
    where = f"experiments.{name}"
    for position, cell in enumerate(entry["cells"]):
        _known(cell, cells, f"{where}.cells.{position}", "cells")
    for position, figure in enumerate(entry["figures"]):
        for statistic in registry.literals("figures.plots", figure)["READS"]:
            if statistic not in entry["statistics"]:
                raise ReversalError(f"{where}.figures.{position}: '{figure}' draws the statistic '{statistic}'; add it to {where}.statistics")
    return Experiment(name, tuple(entry["cells"]), tuple(entry["statistics"]), tuple(entry["figures"]))


STAGES = ("all", "data", "train", "evaluate", "statistics", "figures", "claims")


def _refuse_shared_names(config: Mapping[str, Any]) -> None:
    shared = sorted(set(config.get("settings", {})) & set(config["cells"]))
    if shared:
        raise ReversalError(f"cells.{shared[0]}: settings has a record of the same name; rename one of them")
    for name in config["experiments"]:
        if name in STAGES:
            raise ReversalError(f"experiments.{name}: {name!r} is a stage's name; rename the experiment")


def _refuse_contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> None:
    """Refuse what the schema cannot: settings that fit one by one and not together."""
    where, model, objective = f"cells.{cell.name}", cell.model, cell.objective["kind"]
    if cell.optimisation["batch"] > sentences(cell.data):
        raise ReversalError(f"{where}.optimisation.batch: {cell.optimisation['batch']} is out of range; {cell.dataset} has {sentences(cell.data)} sentences, and 0 takes them all")
    if model["kind"] == "bilinear":
        if (objective, cell.objective.get("loss")) != ("next_token", "last_entity") or cell.data["layout"]["kind"] != "adjacent":
            raise ReversalError(f"{where}.model.kind: 'bilinear' reads one token and predicts the next; it needs objective next_token with loss last_entity, and layout adjacent")
        if cell.data["word_size"] != 1:
            raise ReversalError(f"{where}.model.kind: 'bilinear' needs word_size 1, and {cell.dataset} has {cell.data['word_size']}")
        if model["embedding"] == "orthonormal" and model["width"] < vocabulary_size(cell.data):
            raise ReversalError(f"{where}.model.width: {model['width']} is out of range; orthonormal embeddings of {vocabulary_size(cell.data)} tokens need at least as many")
        return
    allowed = registry.literals("train.objectives", objective)["ATTENTION"]
    if model["attention"] not in allowed:
        raise ReversalError(f"{where}.model.attention: '{model['attention']}' contradicts objective {objective}; one of: {', '.join(allowed)}")
    if model["width"] % model["heads"]:
        raise ReversalError(f"{where}.model.heads: {model['heads']} does not divide width {model['width']}")
    head = model["width"] // model["heads"]
    if model["position"]["kind"] == "rope" and head % 2:
        raise ReversalError(f"{where}.model.heads: {model['heads']} gives heads of odd width {head}; RoPE turns pairs of coordinates, so width / heads must be even")
    if "by_position" in (model["query_key"], model["value_output"]) and cell.data["layout"]["kind"] not in ("adjacent", "with_relation"):
        raise ReversalError(f"{where}.model: position-specific weights need fixed places, and layout {cell.data['layout']['kind']} moves them")
    reach = _reach(cell, evaluation)
    if model["position"].get("length", math.inf) < reach:
        raise ReversalError(f"{where}.model.position.length: {model['position']['length']} is out of range; sentences and queries reach position {reach - 1}, so it must be ≥ {reach}")
    if objective == "mdm" and cell.objective["masks"] == "enumerated" and sentence_length(cell.data) > 8:
        raise ReversalError(f"{where}.objective.masks: 'enumerated' is for short sentences, and {cell.dataset} has {sentence_length(cell.data)} tokens; at most 8")


def _reach(cell: Cell, evaluation: Mapping[str, Any]) -> int:
    """How many positions sentences and queries of a cell may take, the beginning-of-sequence token included."""
    length = sentence_length(cell.data)
    layout = registry.load("data.layouts", cell.data["layout"]["kind"])
    longest_query = max(evaluation["distances"]) + cell.data["word_size"]
    return 1 + max(layout.span(length, cell.data["layout"]), longest_query)


def _known(name: Any, known: Mapping[str, Any], where: str, kind: str) -> None:
    if name not in known:
        raise ReversalError(f"{where}: {name!r} is none of the {kind}; one of: {', '.join(known)}")
