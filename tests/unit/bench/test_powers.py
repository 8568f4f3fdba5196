"""The exponent of a growth, against costs that are a power by construction."""

import numpy as np
import pytest

from bench.powers import exponent

SIZES = [1, 2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("fixed", [0.0, 3.0, 100.0])
def test_a_power_is_found_whatever_is_fixed(power, fixed):
    """Also where nearly all of the smallest cost is fixed."""
    costs = [fixed + 7 * size**power for size in SIZES]
    assert exponent(SIZES, costs) == pytest.approx(power, abs=0.002)


def test_units_change_no_exponent():
    costs = [2 + size**1.25 for size in SIZES]
    assert exponent([1000 * size for size in SIZES], [1e-6 * cost for cost in costs]) == exponent(SIZES, costs)


def test_noise_of_a_few_percent_leaves_linear_growth_linear():
    draw = np.random.default_rng(0)
    costs = [[(1.5 + size) * np.exp(0.03 * draw.standard_normal()) for size in SIZES] for _ in range(50)]
    found = np.array([exponent(SIZES, each) for each in costs])
    assert abs(found.mean() - 1) < 4 * found.std() / np.sqrt(50)
    assert found.max() < 1.1


def test_what_does_not_rise_grows_with_nothing():
    assert exponent(SIZES, [5.0, 5.1, 4.9, 5.2, 5.0, 5.1, 5.9]) == 0
