"""The tables `attention` and `references`: scores between the mask and B, and the r that positions alone give.

S_fwd: [M] at i, B at j = i + Δ (the source query). S_rev: B at i, [M] at j (the reverse query).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from reversal.data.pairs import Pairs
from reversal.data.queries import frames, reverse, source
from reversal.data.query import Form, Query
from reversal.device import tensor
from reversal.models.architectures.transformer import Architecture
from reversal.models.attention import Seen
from reversal.models.position import Parameters, Position
from reversal.models.positions import rope


class Scores(NamedTuple):
    """Scores and weights between mask and B, (layers, S, N, H) each, and the first layer's queries and keys."""

    forward: np.ndarray
    backward: np.ndarray
    weight_forward: np.ndarray
    weight_backward: np.ndarray
    query_forward: np.ndarray
    """The mask's query in the source query, before positions turn it, (S, H, D)."""
    query_backward: np.ndarray
    """The mask's query in the reverse query, (S, H, D)."""
    keys: np.ndarray
    """The keys of every B in the source query, before positions turn them, (S, N, H, D)."""

    def first(self, pairs: int) -> "Scores":
        """Those of the first pairs, in any order drawn, or of all where `pairs` is 0."""
        by_pair = (value[:, :, : pairs or None] for value in self[:4])
        return Scores(*by_pair, self.query_forward, self.query_backward, self.keys[:, : pairs or None])


def scores(
    model: Architecture,
    parameters: Parameters,
    pairs: Sequence[Pairs],
    data: Mapping[str, Any],
    form: Form,
    distance: int,
    device: torch.device,
) -> Scores:
    """S_fwd and S_rev of every layer, head and pair at one distance; means over the tokens of an entity."""
    forward = source(pairs, data, form, distance)
    backward = reverse(pairs, data, form, frames(data)[0], distance)
    seen_forward, seen_backward = (_look(model, parameters, query, device) for query in (forward, backward))
    first, last = seen_forward[0], seen_backward[0]
    at = forward.given_slots[0]
    return Scores(
        forward=np.stack([_between(layer.scores, forward).mean((-2, -1)) for layer in seen_forward]),
        backward=np.stack([_between(layer.scores, backward).mean((-2, -1)) for layer in seen_backward]),
        weight_forward=np.stack([_between(layer.weights, forward).sum(-1).mean(-1) for layer in seen_forward]),
        weight_backward=np.stack([_between(layer.weights, backward).sum(-1).mean(-1) for layer in seen_backward]),
        query_forward=first.query[:, 0, forward.slots[0]].double().cpu().numpy(),
        query_backward=last.query[:, 0, backward.slots[0]].double().cpu().numpy(),
        keys=first.key[:, :, at].double().cpu().numpy(),
    )


@torch.no_grad()
def _look(model: Architecture, parameters: Parameters, query: Query, device: torch.device) -> list[Seen]:
    tokens, positions, rows = (tensor(part, device) for part in (query.tokens, query.positions, query.rows))
    return model.observed(parameters, tokens, positions, rows)[1]


def _between(square: torch.Tensor, query: Query) -> np.ndarray:
    """What stands between the answer's and the given entity's tokens, (S, N, H, w, w), of (S, N, H, L, L)."""
    rows = torch.as_tensor(query.slots, device=square.device)
    columns = torch.as_tensor(query.given_slots, device=square.device)
    return square.index_select(-2, rows).index_select(-1, columns).cpu().numpy()


def references(model: Architecture, measured: Scores, distance: int, word_size: int) -> dict[str, np.ndarray]:
    """Kind of reference → r of each seed and head of the first layer, (S, H) (SCIENCE, "The null is not zero").

    Entities of several tokens have a mean of several distances, for which only `identical` is stated.
    """
    if model.settings["query_key"] == "by_position":
        return {}
    position, shape = model.position, measured.query_forward.shape[:2]
    rotary = isinstance(position, rope.Encoding)
    angles = np.array(rope.frequencies(position.settings, position.head_width)) if rotary else np.zeros(0)
    turned = angles.any() if rotary else _does(position, "turned")
    if not turned and not _does(position, "added"):  # a bias comes after S, the same or not
        return {"identical": np.ones(shape)}
    if word_size > 1 or (turned and not rotary):  # what other turns give, nobody has said
        return {}
    if rotary:
        expected = rope.expected_correlation(position.settings, position.head_width, distance)
        isotropic = np.broadcast_to(np.eye(measured.keys.shape[-1]), (*shape, *[measured.keys.shape[-1]] * 2))
        return {
            "expected": np.full(shape, expected),
            "isotropic": conditional(measured.query_forward, isotropic, angles, distance),
            "conditional": conditional(measured.query_forward, covariance(measured.keys), angles, distance),
        }
    forward, backward = measured.query_forward, measured.query_backward
    return {"isotropic": (forward * backward).sum(-1) / np.sqrt((forward**2).sum(-1) * (backward**2).sum(-1))}


def _does(position: Position, what: str) -> bool:
    """Does an encoding define a method of its own?"""
    return getattr(type(position), what) is not getattr(Position, what)


def covariance(keys: np.ndarray) -> np.ndarray:
    """Sample covariance of keys (S, N, H, D) over the pairs, (S, H, D, D)."""
    centred = keys - keys.mean(1, keepdims=True)
    return np.einsum("snhd,snhe->shde", centred, centred) / (keys.shape[1] - 1)


def conditional(query: np.ndarray, key_covariance: np.ndarray, angles: np.ndarray, distance: int) -> np.ndarray:
    """r of S_fwd and S_rev given a head's own query and the covariance of its keys.

    With R the rotation by Δ, S_fwd = qᵀRk and S_rev = qᵀR⁻¹k, so that over keys of covariance C

        r = qᵀ R C R q / √( qᵀ R C R⁻¹ q · qᵀ R⁻¹ C R q ).

    Args:
        query: q before rotation, (…, D).
        key_covariance: C, (…, D, D).
        angles: θ_m in radians a position, (D / 2,).
        distance: Δ.
    """
    ahead = _turned(query, -distance * angles)
    behind = _turned(query, distance * angles)
    product = np.einsum("...d,...de,...e->...", ahead, key_covariance, behind)
    spread = [np.einsum("...d,...de,...e->...", side, key_covariance, side) for side in (ahead, behind)]
    return product / np.sqrt(spread[0] * spread[1])


def _turned(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    first, second = np.split(x, 2, axis=-1)
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)
