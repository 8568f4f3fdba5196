"""Rotary positions (Su et al. 2021, section 3.2): queries and keys turned by an angle that grows with the position."""

import math
from typing import Any

import torch

from reversal.models.position import Position

PAIRS = True
SETTINGS = {
    "base": {
        "description": "Base of the frequencies, θ_m = base^(−2m / d_head) a token position.",
        "type": "number",
        "minimum": 1,
        "maximum": 1000000000,
        "default": 10000,
    },
    "angle": {
        "description": "One angle θ in radians a token position for every frequency, instead of the base; null takes the base.",
        "type": ["number", "null"],
        "minimum": -6.283185307179587,
        "maximum": 6.283185307179587,
        "default": None,
    },
}


def frequencies(settings: dict, head_width: int) -> list[float]:
    """θ_m in radians a token position, for m = 0 … d_head / 2 − 1."""
    pairs = head_width // 2
    if settings["angle"] is not None:
        return [settings["angle"]] * pairs
    return [settings["base"] ** (-2 * pair / head_width) for pair in range(pairs)]


def expected_correlation(settings: dict, head_width: int, distance: int) -> float:
    """rho(Δ) = (2 / d_head) Σ_m cos 2Δθ_m, the correlation of S_fwd and S_rev for isotropic queries and keys.

    The mean over draws of q of their covariance over that of their variances; with one angle it is cos 2Δθ.
    """
    angles = frequencies(settings, head_width)
    return sum(math.cos(2 * distance * angle) for angle in angles) / len(angles)


class Encoding(Position):
    """Coordinates m and m + d_head / 2 of a head turn together, by position × θ_m."""

    last: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None
    """The positions of the last call with their cosines and sines: queries, keys and layers share them."""

    def turned(self, x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        if self.last is None or self.last[0] is not positions or not _alike(self.last[1], x):
            angles = torch.tensor(frequencies(self.settings, self.head_width), device=x.device, dtype=x.dtype)
            turn = (positions.unsqueeze(-1) * angles).unsqueeze(-2)
            cos, sin = turn.cos(), turn.sin()
            wide = torch.cat((cos, cos), -1), torch.cat((-sin, sin), -1)
            self.last = positions, *(part.expand_as(x).contiguous() for part in wide)
        return Turn.apply(x, *self.last[1:])


class Turn(torch.autograd.Function):
    """A rotation, whose gradient is the rotation back: autograd would take it apart into twice as many passes.

    Cosines and signed sines stand beside every coordinate of every head, so that each pass runs over memory as it lies.
    """

    @staticmethod
    def forward(context: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(cos, sin)
        return (x * cos).add_(_swapped(x).mul_(sin))

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        cos, sin = context.saved_tensors
        return (gradient * cos).sub_(_swapped(gradient).mul_(sin)), None, None


def _alike(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype


def _swapped(x: torch.Tensor) -> torch.Tensor:
    """A copy of x (…, D) in which coordinates m and m + D / 2 have changed places."""
    return x.roll(x.shape[-1] // 2, -1)
