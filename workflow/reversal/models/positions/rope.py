"""Rotary positions (Su et al. 2021, section 3.2): queries and keys turned by an angle that grows with the position."""

import math

import torch

from reversal.models.position import Position

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

    def turned(self, x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        angles = torch.tensor(frequencies(self.settings, self.head_width), device=x.device, dtype=x.dtype)
        turn = (positions.unsqueeze(-1) * angles).unsqueeze(-2)
        cos, sin = turn.cos(), turn.sin()
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
