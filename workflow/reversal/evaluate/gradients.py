"""The table `gradients`: does a step that lowers the trained loss lower L_rev (P2)? In double precision.

L_src and L_rev are means of −log p over pairs told one way (over all pairs where none is). A pair's own
gradients come from giving every pair the parameters as its own along the stack axis.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from reversal.data.query import Query
from reversal.device import tensor
from reversal.models.model import Model
from reversal.models.position import Parameters

STEP = 1e-3
"""Share of the loss that the plain step is predicted to take off."""
SMALLEST = 1e-12
"""A gradient's norm below which it points nowhere: its cosines are 0."""


class Alignment(NamedTuple):
    """One group of parameters; each (S,), not a number where it is not defined."""

    group: str
    cosine: np.ndarray
    matched: np.ndarray
    mismatched: np.ndarray


class Products(NamedTuple):
    """Inner products of the gradients of n pairs for one query with theirs for another."""

    squares: torch.Tensor
    """Of each with itself, (2 n,): those for the first query, then those for the second."""
    across: torch.Tensor
    """Of each for the first query with each for the second, (n, n)."""


class FirstOrder(NamedTuple):
    """ΔL predicted and measured; each (S,), in nats a token."""

    predicted_rev: np.ndarray
    measured_rev: np.ndarray
    predicted_forward: np.ndarray
    measured_forward: np.ndarray
    optimiser_predicted_rev: np.ndarray
    optimiser_measured_rev: np.ndarray


def align(
    model: Model,
    parameters: Parameters,
    update: Parameters,
    forward: Query,
    backward: Query,
    facts: int,
    device: torch.device,
) -> tuple[list[Alignment], FirstOrder]:
    """Cosines by group, over all pairs and pair by pair, and one step's effect beside its prediction.

    Args:
        model: the architecture.
        parameters: at a checkpoint, (S, …).
        update: the step that the optimiser took from there, (S, …).
        forward: the query whose loss is followed.
        backward: `reverse`.
        facts: pairs whose own gradients are compared; the first ones.
        device: where to compute.
    """
    parameters = {name: value.to(device, torch.float64) for name, value in parameters.items()}
    update = {name: value.to(device, torch.float64) for name, value in update.items()}
    forward, backward = (_told_one_way(query, backward) for query in (forward, backward))
    loss_forward, slope_forward = _slopes(model, parameters, forward, device)
    loss_rev, slope_rev = _slopes(model, parameters, backward, device)
    cosines = _by_group(model, slope_forward, slope_rev)
    matched = _pair_by_pair(model, parameters, forward, backward, facts, device)
    groups = [Alignment(group, _numbers(cosines[group]), *map(_numbers, matched[group])) for group in cosines]
    norm, product = _dot(slope_forward, slope_forward), _dot(slope_forward, slope_rev)
    rate = STEP * loss_forward / norm
    plain = {name: -rate.view(-1, *[1] * (slope.dim() - 1)) * slope for name, slope in slope_forward.items()}
    return groups, FirstOrder(
        predicted_rev=_numbers(-rate * product),
        measured_rev=_numbers(_change(model, parameters, plain, backward, loss_rev, device)),
        predicted_forward=_numbers(-rate * norm),
        measured_forward=_numbers(_change(model, parameters, plain, forward, loss_forward, device)),
        optimiser_predicted_rev=_numbers(_dot(update, slope_rev)),
        optimiser_measured_rev=_numbers(_change(model, parameters, update, backward, loss_rev, device)),
    )


def _told_one_way(query: Query, backward: Query) -> Query:
    """The pairs that are asked something new, equally many of each seed; all of them where none is."""
    fresh = ~backward.trained
    count = int(fresh.sum(1).min())
    if count == 0:
        return query
    keep = np.stack([np.flatnonzero(row)[:count] for row in fresh])
    return _pick(query, keep)


def _pick(query: Query, keep: np.ndarray) -> Query:
    """The pairs `keep` (S, n) of a query."""
    rows = np.arange(len(keep))[:, None]
    fields = ("tokens", "positions", "answers", "given", "trained")
    return query._replace(**{name: getattr(query, name)[rows, keep] for name in fields})


def loss(model: Model, parameters: Parameters, query: Query, device: torch.device) -> torch.Tensor:
    """Mean −log p over pairs and answer tokens, (S,)."""
    return _losses(model, parameters, [query], device)


def _slopes(
    model: Model, parameters: Parameters, query: Query, device: torch.device
) -> tuple[torch.Tensor, Parameters]:
    """Each seed's loss, (S,), and its gradient for the trained parameters, (S, …)."""
    names = [name for name in parameters if name not in model.frozen]
    leaves = {name: value.detach().requires_grad_(name in names) for name, value in parameters.items()}
    losses = loss(model, leaves, query, device)
    slopes = torch.autograd.grad(losses.sum(), [leaves[name] for name in names])
    return losses.detach(), dict(zip(names, slopes, strict=True))


def _by_group(model: Model, one: Parameters, other: Parameters) -> dict[str, torch.Tensor]:
    """Cosine over all parameters and over each group, (S,); not a number where either gradient is zero."""
    return {
        group: _dot(one, other, names) / (_dot(one, one, names) * _dot(other, other, names)).sqrt()
        for group, names in groups(model, one).items()
    }


def groups(model: Model, parameters: Parameters) -> dict[str, list[str]]:
    """Group → names of its parameters; `all` first."""
    found: dict[str, list[str]] = {"all": list(parameters)}
    for name in parameters:
        found.setdefault(model.group(name), []).append(name)
    return found


def _pair_by_pair(
    model: Model, parameters: Parameters, forward: Query, backward: Query, facts: int, device: torch.device
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Group → mean cosine of a pair's two gradients, and of gradients of different pairs, (S,) each."""
    count = min(facts, forward.tokens.shape[1])
    by_seed = []
    for number in range(len(forward.tokens)):
        own = {name: value[number] for name, value in parameters.items()}
        alone = [_alone(query, number, count) for query in (forward, backward)]
        products = _inner_products(model, own, alone, device)
        by_seed.append(
            {
                group: _means(*(sum(parts) for parts in zip(*(products[name] for name in names), strict=True)))
                for group, names in groups(model, products).items()
            }
        )
    return {
        group: tuple(torch.stack(column) for column in zip(*(seed[group] for seed in by_seed), strict=True))
        for group in by_seed[0]
    }


def _alone(query: Query, number: int, count: int) -> Query:
    """One seed's first pairs, each as a stack entry of its own with one prompt."""
    fields = ("tokens", "positions", "answers", "given", "trained")
    return query._replace(**{name: getattr(query, name)[number, :count][:, None] for name in fields})


def _inner_products(
    model: Model, parameters: Parameters, queries: Sequence[Query], device: torch.device
) -> dict[str, Products]:
    """Name of a parameter → inner products of its gradients, of all pairs and both queries.

    Every gradient of a parameter is let go as soon as its products are known: all of them at once would be 2 n times
    the model in double precision, 65 GB for 24 pairs of P1's. The pairs' copies of the parameters share one memory.

    Args:
        model: the architecture.
        parameters: of one seed, (…) each.
        queries: two, of n stack entries of one pair each.
        device: where to compute.
    """
    entries = sum(len(query.tokens) for query in queries)
    products: dict[str, Products] = {}
    leaves = {name: value.detach().expand(entries, *value.shape) for name, value in parameters.items()}

    def take(name: str, leaf: torch.Tensor) -> None:
        slopes, leaf.grad = leaf.grad.flatten(1), None
        one, other = slopes.chunk(2)
        products[name] = Products(torch.linalg.vector_norm(slopes, dim=1).square(), one @ other.T)

    for name, leaf in leaves.items():
        if name not in model.frozen:
            leaf.requires_grad_().register_post_accumulate_grad_hook(partial(take, name))
    _losses(model, leaves, queries, device).sum().backward()
    return products


def _losses(model: Model, parameters: Parameters, queries: Sequence[Query], device: torch.device) -> torch.Tensor:
    """Mean −log p over pairs and answer tokens of queries of one length, their stack entries one after another."""
    parts = ([getattr(query, name) for query in queries] for name in ("tokens", "positions", "rows", "answers"))
    tokens, positions, rows, answers = (tensor(np.concatenate(part), device) for part in parts)
    logits = model.logits(parameters, tokens, positions, rows)
    nll = F.cross_entropy(logits.flatten(0, 1), answers.flatten(), reduction="none")
    return nll.view(len(tokens), -1).mean(1)


def _means(squares: torch.Tensor, across: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean of the diagonal and of the rest of the cosines of n gradients with n others, of their `Products`."""
    count = len(across)
    norms = squares.sqrt().clamp_min(SMALLEST)
    cosines = across / norms[:count, None] / norms[count:]
    diagonal = cosines.diagonal().mean()
    return diagonal, (cosines.sum() - cosines.diagonal().sum()) / max(count * (count - 1), 1)


def _dot(one: Parameters, other: Parameters, names: Iterable[str] | None = None) -> torch.Tensor:
    """Inner products over the named parameters or all of them, (S,)."""
    return sum((one[name] * other[name]).flatten(1).sum(1) for name in names or one)


@torch.no_grad()
def _change(
    model: Model, parameters: Parameters, step: Parameters, query: Query, before: torch.Tensor, device: torch.device
) -> torch.Tensor:
    """By how much a step changes a query's loss, (S,)."""
    moved = {name: value + step[name] if name in step else value for name, value in parameters.items()}
    return loss(model, moved, query, device) - before


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()
