"""Settings that fit one by one and not together, which no schema can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from reversal import registry
from reversal.data import texts
from reversal.data.geometry import reach, sentence_length, sentences, vocabulary_size

if TYPE_CHECKING:
    from reversal.study import Cell


def text_contradictions(data: Mapping[str, Any]) -> Iterator[str]:
    """What contradicts what in a dataset, one line each: key within it, value, and what would fit."""
    text = texts.of(data)
    yield from text.contradictions(data)
    need = text.entity_tokens(data)
    if 0 < data["entity_tokens"] < need:
        yield (
            f"entity_tokens: {data['entity_tokens']} is out of range; "
            f"{data['pairs']} pairs need {need}, or 0 for just enough"
        )


def contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> Iterator[str]:
    """What contradicts what in a cell, one line each: key within the cell, value, and what would fit."""
    shared = chain(_batch_contradictions(cell), _objective_contradictions(cell))
    own = {
        "bilinear": _bilinear_contradictions,
        "tian": _tian_contradictions,
        "transformer": partial(_transformer_contradictions, evaluation=evaluation),
    }.get(cell.model["kind"])
    return chain(shared, own(cell)) if own else shared


def _objective(cell: Cell) -> Mapping[str, Any]:
    """The literals of a cell's objective."""
    return registry.literals("train.objectives", cell.objective["kind"])


def _batch_contradictions(cell: Cell) -> Iterator[str]:
    kind, batch, most = cell.objective["kind"], cell.optimisation["batch"], sentences(cell.data)
    length = sentence_length(cell.data)
    if batch > most:
        yield f"optimisation.batch: {batch} is out of range; {cell.dataset} has {most} sentences, and 0 takes them all"
    if registry.holds(_objective(cell)["DEALS"], cell.objective) and (batch or most) < length:
        yield (
            f"optimisation.batch: {batch} of {most} sentences is out of range; "
            f"{kind} deals every number of tokens to a sentence, so it needs at least {length}"
        )
    stop, final = cell.optimisation["stop_after"], cell.optimisation["final"]
    if stop is not None and final != 1:
        yield (
            f"optimisation.stop_after: {stop} contradicts final {final}; a run that stops early would have had less of a "
            "learning rate that decays; set final: 1, or stop_after: null"
        )
    if cell.objective.get("masks") == "enumerated" and length > 8:
        yield f"objective.masks: 'enumerated' is for at most 8 tokens, and sentences of {cell.dataset} have {length}"


def _objective_contradictions(cell: Cell) -> Iterator[str]:
    kind, attention = cell.objective["kind"], cell.model.get("attention")
    allowed = _objective(cell)["ATTENTION"]
    if attention and attention not in allowed:
        yield f"model.attention: '{attention}' contradicts objective {kind}; one of: {', '.join(allowed)}"
    if _objective(cell)["ONE_TOKEN"] and cell.data["word_size"] != 1:
        yield (
            f"objective.kind: '{kind}' asks for one token at a time, and queries ask for a whole entity; "
            f"it needs word_size 1, and {cell.dataset} has {cell.data['word_size']}"
        )


def _bilinear_contradictions(cell: Cell) -> Iterator[str]:
    if not _objective(cell)["FOLLOWS"] or not _asks_the_end(cell) or cell.data["layout"]["kind"] != "adjacent":
        yield (
            "model.kind: 'bilinear' reads one token and predicts the next; "
            "it needs objective next_token with loss last_entity, and layout adjacent"
        )
    if cell.data["word_size"] != 1:
        yield f"model.kind: 'bilinear' needs word_size 1, and {cell.dataset} has {cell.data['word_size']}"
    width, tokens = cell.model["width"], vocabulary_size(cell.data)
    if cell.model["embedding"] == "orthonormal" and width < tokens:
        yield f"model.width: {width} is out of range; orthonormal embeddings of {tokens} tokens need at least as many"


def _tian_contradictions(cell: Cell) -> Iterator[str]:
    """Where a place without context would be asked: causal, at the first token or at a mask that stands first."""
    if cell.model["attention"] != "causal":
        return
    if not _asks_the_end(cell):
        yield (
            "model.kind: 'tian' reads what stands before its query token, and the first token has nothing before it; "
            "with causal attention it needs objective next_token with loss last_entity, or target_only"
        )
    if _objective(cell)["FOLLOWS"] and sentence_length(cell.data) == 2:
        yield (
            "model.kind: 'tian' reads what stands before its query token, and in 'A B' nothing stands before A; "
            f"{cell.dataset} needs a layout with a relation"
        )


def _asks_the_end(cell: Cell) -> bool:
    """Is a sentence asked for its last entity alone?"""
    return _objective(cell)["TRAINED"] == ["target"] and not registry.holds(_objective(cell)["BEGINS"], cell.objective)


def _transformer_contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> Iterator[str]:
    model, position = cell.model, cell.model["position"]
    heads, width = model["heads"], model["width"]
    if width % heads:
        yield f"model.heads: {heads} does not divide width {width}"
    if registry.literals("models.positions", position["kind"])["PAIRS"] and width // heads % 2:
        yield (
            f"model.heads: {heads} gives heads of odd width {width // heads}; "
            f"{position['kind']} turns pairs of coordinates, so width / heads must be even"
        )
    needed = _needed(cell, evaluation)
    if position.get("length", needed) < needed:
        yield (
            f"model.position.length: {position['length']} is out of range; "
            f"sentences and queries reach position {needed - 1}, so it must be ≥ {needed}"
        )


def _needed(cell: Cell, evaluation: Mapping[str, Any]) -> int:
    """How many positions sentences and queries of a cell may take, the beginning-of-sequence token included."""
    longest_query = max(evaluation["distances"]) + cell.data["word_size"]
    return max(reach(cell.data), 1 + longest_query)
