"""How many numbers a model has and its stages hold, from its settings alone. Imports no torch.

By these a job works off a block in chunks that fit its memory, asks for memory, and is estimated.
"""

import math
from collections.abc import Mapping
from typing import Any

from reversal import registry
from reversal.data.geometry import reach, vocabulary_size
from reversal.errors import ReversalError


def parameters(settings: Mapping[str, Any]) -> int:
    """Parameters of one run of a cell's settings, position tables not counted."""
    model, tokens = settings["model"], vocabulary_size(settings["data"])
    if (stated := _stated(settings)) is not None:
        return sum(stated)
    d, layers = model["width"], model["layers"]
    gains = d * (layers * (2 if model["mlp"] else 1) + 1)
    embeddings = d * (tokens + 2 + (0 if model["tied"] else tokens))
    return embeddings + gains + sum(held for held, _ in _matrices(settings))


def multiplied(settings: Mapping[str, Any]) -> int:
    """Parameters that one token is multiplied with on its way to its answer: each weight costs 2 floating-point operations.

    Of weights that differ by position a token meets one; embeddings are looked up, and every token answers.
    """
    model, tokens = settings["model"], vocabulary_size(settings["data"])
    if _stated(settings) is not None:
        return parameters(settings)
    return model["width"] * tokens + sum(met for _, met in _matrices(settings))


def largest(settings: Mapping[str, Any]) -> int:
    """Numbers of the largest parameter."""
    model, tokens = settings["model"], vocabulary_size(settings["data"])
    if (stated := _stated(settings)) is not None:
        return max(stated)
    return max([model["width"] * (tokens + 2), *(held for held, _ in _matrices(settings))])


def held_in_training(settings: Mapping[str, Any]) -> int:
    """Numbers that one seed holds in training, at most, which is at a checkpoint.

    Of each parameter: itself, its gradient, AdamW's two moments, what it was before the step, and the step.
    """
    return 6 * parameters(settings)


def held_in_evaluation(settings: Mapping[str, Any], facts: int) -> int:
    """Single-precision numbers that one seed holds in evaluation, at most, which is while gradients are compared.

    Of each parameter, in single precision itself and the optimiser's step; in double precision these, two gradients
    with as much on the way, and the plain step with what it leads to. Of the largest one, each pair's two gradients in
    double precision, with as much on the way.
    """
    return 18 * parameters(settings) + 8 * facts * largest(settings)


def _stated(settings: Mapping[str, Any]) -> list[int] | None:
    """Numbers of each parameter by the architecture's `SHAPES`; None for the transformer, whose formulas are here.

    Raises:
        ReversalError: another architecture states none, or an axis is nothing that is known.
    """
    model, tokens = settings["model"], vocabulary_size(settings["data"])
    home, kind = "models.architectures", model["kind"]
    shapes, where = registry.literals(home, kind)["SHAPES"], f"{registry.file(home, kind)}: SHAPES"
    if shapes is None:
        if kind == "transformer":
            return None
        raise ReversalError(f"{where}: missing; state it: {registry.stated(home)['SHAPES']['description']}")
    known = {name: value for name, value in model.items() if isinstance(value, int)}
    known |= {"tokens": tokens, "read": tokens + 2}
    for name, axis in ((name, axis) for name, shape in shapes.items() for axis in shape):
        if not isinstance(known.get(axis, axis), int):
            raise ReversalError(f"{where}.{name}: {axis!r} does not fit; one of: {', '.join(known)}, or a number")
    return [math.prod(known.get(axis, axis) for axis in shape) for shape in shapes.values()]


def _matrices(settings: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Of each weight matrix of a transformer's layers: the numbers it holds, and those that one token meets."""
    model = settings["model"]
    square = model["width"] ** 2
    places = {"shared": 1, "by_position": reach(settings["data"])}
    attention = [(square * places[model[part]], square) for part in ("query_key", "value_output") for _ in range(2)]
    return model["layers"] * (attention + [(4 * square, 4 * square)] * (2 if model["mlp"] else 0))
