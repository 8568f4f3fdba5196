"""How a cost grows with a size: the exponent b of cost = fixed + c · sizeᵇ.

Small sizes cost what does not grow, such as Python's memory or the start of a step, and large ones what does. A line
through the logarithms of all would call their mixture a slow growth, and one through the largest would be two points'
noise; so all sizes are fitted, and what is fixed with them.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

EXPONENTS = np.arange(1, 4001) / 1000
RISE = 1.25
"""Times the least cost: what stays below is all but fixed, and no exponent could be told from noise."""


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Of the fit whose squared relative errors are least, with fixed ≥ 0 and c ≥ 0; 0 where the cost does not rise.

    Args:
        sizes: four at least, over a wide range: a cost has a fixed part, a factor and an exponent.
        costs: of each.
    """
    if max(costs) < RISE * min(costs):
        return 0.0
    scaled, cost = np.asarray(sizes) / max(sizes), np.asarray(costs)
    errors = [nnls(np.column_stack([1 / cost, scaled**power / cost]), np.ones(len(cost)))[1] for power in EXPONENTS]
    return float(EXPONENTS[np.argmin(errors)])
