"""Multi-head attention over stacked seeds. S seeds, B sentences, L tokens, H heads, D head width."""

from typing import NamedTuple

import torch


class Seen(NamedTuple):
    """What one layer's attention did, for the evaluation to read."""

    query: torch.Tensor
    """Queries before positions turn them, (S, B, L, H, D)."""
    key: torch.Tensor
    """Keys before positions turn them, (S, B, L, H, D)."""
    scores: torch.Tensor
    """q·k / √D before the softmax and before any bias, (S, B, H, L, L)."""
    weights: torch.Tensor
    """Scores with bias and mask after the softmax, (S, B, H, L, L)."""


def split(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(S, B, L, H·D) → (S, B, L, H, D)."""
    return x.unflatten(-1, (heads, -1))


def project(x: torch.Tensor, weight: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """x (S, B, L, d) times each seed's weight: (S, d, e), or (S, P, d, e) with one matrix a position.

    Where all sentences stand at the same positions, one matrix a slot is enough. Where they do not, every slot meets
    the matrices of all positions and keeps its own one's product: P times the work, and the same bits, since what is
    not kept has a gradient of zero.
    """
    if weight.dim() == 3:
        return (x.flatten(1, 2) @ weight).unflatten(1, x.shape[1:3])
    slots = x.transpose(1, 2)
    line = positions[0, 0]
    if torch.equal(positions, line.expand_as(positions)):
        return (slots @ weight[:, line]).transpose(1, 2)
    products = slots.unsqueeze(2) @ weight.unsqueeze(1)
    own = positions.transpose(1, 2)[:, :, None, :, None].expand(-1, -1, 1, -1, weight.shape[-1])
    return products.gather(2, own).squeeze(2).transpose(1, 2)


SHORT = 3
"""Tokens of a sentence up to which a CPU attends token by token: its kernel spends more on small heads than on their products."""


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | None, causal: bool
) -> torch.Tensor:
    """Mixed values, (S, B, L, H, D), of queries and keys (already turned) and values (S, B, L, H, D)."""
    if query.shape[2] <= SHORT and query.device.type == "cpu":
        return _token_by_token(query, key, value, bias, causal)
    seeds = query.shape[0]
    query, key, value = (x.flatten(0, 1).transpose(1, 2) for x in (query, key, value))
    mask = _mask(bias, causal, query)
    mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return mixed.transpose(1, 2).unflatten(0, (seeds, -1))


def _token_by_token(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | None, causal: bool
) -> torch.Tensor:
    """The same by plain products, of all tokens with all others at once."""
    scores = (query.unsqueeze(3) * key.unsqueeze(2)).sum(-1) * query.shape[-1] ** -0.5  # (S, B, L, L, H)
    if bias is not None:
        scores = scores + bias.movedim(2, -1)
    if causal:
        scores = scores.masked_fill(_later(query.shape[2], query.device).unsqueeze(-1), float("-inf"))
    return (scores.softmax(3).unsqueeze(-1) * value.unsqueeze(2)).sum(3)


def observe(
    query: torch.Tensor, key: torch.Tensor, bias: torch.Tensor | None, causal: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores and weights, (S, B, H, L, L) each, of queries and keys (already turned), (S, B, L, H, D)."""
    scores = torch.einsum("sbihd,sbjhd->sbhij", query, key) * query.shape[-1] ** -0.5
    biased = scores if bias is None else scores + bias
    if causal:
        biased = biased.masked_fill(_later(biased.shape[-1], biased.device), float("-inf"))
    return scores, biased.softmax(-1)


def _later(length: int, device: torch.device) -> torch.Tensor:
    return torch.ones(length, length, dtype=torch.bool, device=device).triu(1)


def _mask(bias: torch.Tensor | None, causal: bool, like: torch.Tensor) -> torch.Tensor | None:
    length = like.shape[-2]
    if bias is not None:
        bias = bias.expand(-1, -1, -1, length, length).flatten(0, 1).to(like.dtype)
        return bias.masked_fill(_later(length, like.device), float("-inf")) if causal else bias
    return ~_later(length, like.device) if causal else None
