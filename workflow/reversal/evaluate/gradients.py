"""The table `gradients`: does a step that lowers the trained loss lower L_rev (P2)? In double precision.

L_src and L_rev are means of −log p over pairs told one way (over all pairs where none is). A pair's own
gradients come from giving every pair a copy of the parameters along the stack axis.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from reversal.data.query import Query
from reversal.device import tensor
from reversal.models.model import Model, asked
from reversal.models.position import Parameters

STEP = 1e-3
"""Share of the loss that the plain step is predicted to take off."""


class Alignment(NamedTuple):
    """One group of parameters; each (S,), not a number where it is not defined."""

    group: str
    cosine: np.ndarray
    matched: np.ndarray
    mismatched: np.ndarray


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
    logits = asked(model, parameters, query, device)
    answers = tensor(query.answers, device)
    nll = F.cross_entropy(logits.flatten(0, 2), answers.flatten(), reduction="none")
    return nll.view(len(answers), -1).mean(1)


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
    """Cosine over all parameters and over each group, (S,)."""
    return {
        group: _cosine(*(_flat(slopes, names) for slopes in (one, other)))
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
    by_seed = []
    for number in range(len(forward.tokens)):
        one, other = (_own_slopes(model, parameters, query, number, facts, device) for query in (forward, backward))
        by_seed.append(
            {group: _means(_flat(one, names), _flat(other, names)) for group, names in groups(model, one).items()}
        )
    return {
        group: tuple(torch.stack(column) for column in zip(*(seed[group] for seed in by_seed), strict=True))
        for group in by_seed[0]
    }


def _own_slopes(
    model: Model, parameters: Parameters, query: Query, number: int, facts: int, device: torch.device
) -> Parameters:
    """The gradients of one seed's first pairs, one by one: name → (facts, …)."""
    count = min(facts, query.tokens.shape[1])
    copies = {name: value[number].expand(count, *value.shape[1:]).contiguous() for name, value in parameters.items()}
    return _slopes(model, copies, _alone(query, number, count), device)[1]


def _alone(query: Query, number: int, count: int) -> Query:
    """One seed's first pairs, each as a stack entry of its own with one prompt."""
    fields = ("tokens", "positions", "answers", "given", "trained")
    return query._replace(**{name: getattr(query, name)[number, :count][:, None] for name in fields})


def _means(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean of the diagonal and of the rest of the cosines of (n, P) with (n, P)."""
    cosines = F.normalize(one, dim=1) @ F.normalize(other, dim=1).T
    count = len(cosines)
    diagonal = cosines.diagonal().mean()
    return diagonal, (cosines.sum() - cosines.diagonal().sum()) / max(count * (count - 1), 1)


def _flat(parameters: Parameters, names: list[str]) -> torch.Tensor:
    return torch.cat([parameters[name].flatten(1) for name in names], dim=1)


def _cosine(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Row by row; not a number where either is zero."""
    return (one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1))


def _dot(one: Parameters, other: Parameters) -> torch.Tensor:
    return sum((one[name] * other[name]).flatten(1).sum(1) for name in one)


@torch.no_grad()
def _change(
    model: Model, parameters: Parameters, step: Parameters, query: Query, before: torch.Tensor, device: torch.device
) -> torch.Tensor:
    """By how much a step changes a query's loss, (S,)."""
    moved = {name: value + step[name] if name in step else value for name, value in parameters.items()}
    return loss(model, moved, query, device) - before


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()
