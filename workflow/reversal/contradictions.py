"""Settings that fit one by one and not together, which no schema can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from reversal import registry
from reversal.data.geometry import sentence_length, sentences, vocabulary_size

if TYPE_CHECKING:
    from reversal.study import Cell


def contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> Iterator[str]:
    """What contradicts what in a cell, one line each: key within the cell, value, and what would fit."""
    if cell.model["kind"] == "bilinear":
        return chain(_batch_contradictions(cell), _bilinear_contradictions(cell))
    return chain(_batch_contradictions(cell), _transformer_contradictions(cell, evaluation))


def _batch_contradictions(cell: Cell) -> Iterator[str]:
    kind, batch, most = cell.objective["kind"], cell.optimisation["batch"], sentences(cell.data)
    length = sentence_length(cell.data)
    if batch > most:
        yield f"optimisation.batch: {batch} is out of range; {cell.dataset} has {most} sentences, and 0 takes them all"
    if (kind == "mlm" or cell.objective.get("masks") == "stratified") and (batch or most) < length:
        yield (
            f"optimisation.batch: {batch} of {most} sentences is out of range; "
            f"{kind} deals every size of mask to a sentence, so it needs at least {length}"
        )
    stop, final = cell.optimisation["stop_after"], cell.optimisation["final"]
    if stop is not None and final != 1:
        yield (
            f"optimisation.stop_after: {stop} contradicts final {final}; a run that stops early would have had less of a "
            "learning rate that decays; set final: 1, or stop_after: null"
        )
    if cell.objective.get("masks") == "enumerated" and length > 8:
        yield f"objective.masks: 'enumerated' is for at most 8 tokens, and sentences of {cell.dataset} have {length}"


def _bilinear_contradictions(cell: Cell) -> Iterator[str]:
    follows = cell.objective["kind"] == "next_token" and cell.objective["loss"] == "last_entity"
    if not follows or cell.data["layout"]["kind"] != "adjacent":
        yield (
            "model.kind: 'bilinear' reads one token and predicts the next; "
            "it needs objective next_token with loss last_entity, and layout adjacent"
        )
    if cell.data["word_size"] != 1:
        yield f"model.kind: 'bilinear' needs word_size 1, and {cell.dataset} has {cell.data['word_size']}"
    width, tokens = cell.model["width"], vocabulary_size(cell.data)
    if cell.model["embedding"] == "orthonormal" and width < tokens:
        yield f"model.width: {width} is out of range; orthonormal embeddings of {tokens} tokens need at least as many"


def _transformer_contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> Iterator[str]:
    model, position, layout = cell.model, cell.model["position"], cell.data["layout"]["kind"]
    heads, width = model["heads"], model["width"]
    allowed = registry.literals("train.objectives", cell.objective["kind"])["ATTENTION"]
    if model["attention"] not in allowed:
        kind = cell.objective["kind"]
        yield f"model.attention: '{model['attention']}' contradicts objective {kind}; one of: {', '.join(allowed)}"
    if width % heads:
        yield f"model.heads: {heads} does not divide width {width}"
    if position["kind"] == "rope" and width // heads % 2:
        yield (
            f"model.heads: {heads} gives heads of odd width {width // heads}; "
            "RoPE turns pairs of coordinates, so width / heads must be even"
        )
    for part in ("query_key", "value_output"):
        if model[part] == "by_position" and layout not in ("adjacent", "with_relation"):
            yield f"model.{part}: 'by_position' needs fixed places, and layout {layout} moves them"
    reach = _reach(cell, evaluation)
    if position.get("length", reach) < reach:
        yield (
            f"model.position.length: {position['length']} is out of range; "
            f"sentences and queries reach position {reach - 1}, so it must be ≥ {reach}"
        )


def _reach(cell: Cell, evaluation: Mapping[str, Any]) -> int:
    """How many positions sentences and queries of a cell may take, the beginning-of-sequence token included."""
    length = sentence_length(cell.data)
    layout = registry.load("data.layouts", cell.data["layout"]["kind"])
    longest_query = max(evaluation["distances"]) + cell.data["word_size"]
    return 1 + max(layout.span(length, cell.data["layout"]), longest_query)
