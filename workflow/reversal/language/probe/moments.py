"""Correlations over facts without the facts: moments that grow batch by batch and are merged over strata.

Means, sums of squares and of products about the means are enough for Pearson's r. Two lots of observations merge
exactly (Chan, Golub & LeVeque 1983, eq. 2.1), so nothing of a fact is kept. A stratum is what must not vary within a
correlation: relation, templates and Δ. Over several strata the sums are added, each about its own stratum's mean: r
within strata, with Σ(n − 1) degrees of freedom left, so that artanh r has a variance close to 1 / (freedom − 2).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

FLAT = 1e-5
"""Spread of scores, as a share of their size, below which they do not vary: their digits are single precision's noise."""


class Moments(NamedTuple):
    """n observations of x and y for any number of heads; float64 (…)."""

    count: int
    mean: np.ndarray
    """Of x and of y, (2, …)."""
    squares: np.ndarray
    """Σ(x − x̄)², Σ(y − ȳ)², (2, …)."""
    products: np.ndarray
    """Σ(x − x̄)(y − ȳ), (…)."""

    def merged(self, other: "Moments") -> "Moments":
        """Those of both lots together."""
        count = self.count + other.count
        apart = other.mean - self.mean
        share = self.count * other.count / count
        return Moments(
            count,
            self.mean + apart * (other.count / count),
            self.squares + other.squares + apart**2 * share,
            self.products + other.products + apart[0] * apart[1] * share,
        )


def moments(x: np.ndarray, y: np.ndarray) -> Moments:
    """The moments of observations (n, …), n > 0."""
    both = np.stack([x, y]).astype(np.float64)
    mean = both.mean(1)
    apart = both - mean[:, None]
    return Moments(len(x), mean, (apart**2).sum(1), (apart[0] * apart[1]).sum(0))


class Within(NamedTuple):
    """What several strata say together."""

    r: np.ndarray
    """(…); not a number where scores do not vary or no degree of freedom is left."""
    freedom: int
    """Σ(n − 1) over strata."""
    count: int
    """Observations."""


def within(strata: Iterable[Moments]) -> Within:
    """Pearson's r within strata; there is at least one."""
    found = list(strata)
    squares, products = sum(one.squares for one in found), sum(one.products for one in found)
    size = sum(one.count * one.mean**2 for one in found) + squares
    freedom = sum(one.count - 1 for one in found)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = products / np.sqrt(squares[0] * squares[1])
    varies = (squares > FLAT**2 * size).all(0) & (freedom > 1)
    return Within(np.where(varies, r.clip(-1, 1), np.nan), freedom, sum(one.count for one in found))
