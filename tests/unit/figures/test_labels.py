"""Labels that part, axes that have a place for step 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from reversal.figures import labels, numerals, scales, style
from reversal.figures.latex import booktabs


@given(some.lists(some.floats(0, 100), min_size=1, max_size=12), some.floats(0.5, 8))
def test_apart_keeps_order_and_distance(wanted, height):
    wanted = np.sort(wanted)
    places = labels.apart(wanted, np.full(len(wanted), height))
    assert (np.diff(places) >= height - 1e-9).all()
    if len(wanted) == 1 or np.diff(wanted).min() >= height:
        assert places == pytest.approx(wanted)


@given(some.lists(some.floats(0, 100), min_size=1, max_size=10))
def test_apart_stays_inside_while_there_is_room(wanted):
    places = labels.apart(np.sort(wanted), np.full(len(wanted), 5.0), 0, 100)
    assert places.min() >= -1e-9
    assert places.max() <= 100 + 1e-9


@pytest.mark.parametrize("found", [[0, 10, 39, 153, 600], [0], [600], [0, 600], [10, 100, 1000], []])
def test_steps_have_a_place_for_each(found):
    axes = style.figure(3, 2).subplots()
    scales.steps(axes, found)
    low, high = axes.get_xlim()
    assert low < min(found, default=low + 1)
    assert max(found, default=high - 1) < high


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (np.pi / 16, "π/16"), (5 * np.pi / 8, "5π/8"), (np.pi, "π"), (0.7, "0.70")]
)
def test_angles_are_fractions_of_pi(value, text):
    assert scales.angle(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.97432, "0.974"), (-0.5, "−0.5"), (12345.6, "12346"), (2.5e-7, "2.5e−7"), (0, "0"), (None, "–")],
)
def test_numbers_are_short(value, text):
    assert numerals.short(value) == text


@pytest.mark.parametrize(("value", "text"), [(1e-5, "p < .001"), (0.0123, "p = .012"), (1, "p = 1.000"), (None, "")])
def test_p_values(value, text):
    assert numerals.p_value(value) == text


def test_booktabs_escapes_and_aligns():
    import pandas as pd

    made = booktabs(pd.DataFrame({"cell_name": ["θ & 5 %"], "r": ["−0.5 [−1, 0]"]}))
    assert r"\begin{tabular}{lr}" in made
    assert r"cell\_name & r \\" in made
    assert r"$\theta$ \& 5 \% & $-$0.5 [$-$1, 0] \\" in made


def shown(levels, **options):
    axes = style.figure(3, 2).subplots()
    scales.setting(axes, levels, **options)
    ticks = dict(zip(axes.get_xticks(), [text.get_text() for text in axes.get_xticklabels()], strict=True))
    return axes, ticks


@pytest.mark.parametrize("levels", [[0, 0.01, 0.1, 1, 10], [25, 50, 100], [0, 0.3, 0.7, 1], [5], [1, 100, 10000]])
def test_a_setting_has_room_for_every_level_and_ticks_at_its_ends(levels):
    axes, ticks = shown(levels)
    low, high = axes.get_xlim()
    assert low < levels[0]
    assert levels[-1] < high
    assert set(ticks) <= set(levels)
    assert {levels[0], levels[-1]} <= set(ticks)


def test_a_setting_is_logarithmic_where_its_levels_range_widely():
    assert shown([0, 0.01, 0.1, 1, 10])[0].get_xscale() == "symlog"
    assert shown([0, 0.3, 0.7, 1])[0].get_xscale() == "linear"
    assert shown([25, 50, 100])[0].get_xscale() == "linear"


def test_levels_are_told_in_few_digits_and_angles_in_fractions_of_pi():
    assert shown([0, 0.5, 1])[1] == {0: "0", 0.5: ".5", 1: "1"}
    assert shown([1, 100, 10000])[1] == {1: "1", 100: "100", 10000: "$10^{4}$"}
    assert set(shown([0, np.pi / 8, np.pi / 4], angles=True)[1].values()) == {"0", "π/8", "π/4"}


def test_a_logarithmic_axis_of_one_power_of_ten_names_twice_and_five_times_one():
    values = (0.0018, 0.024)
    with style.applied():
        axes = style.figure(2, 2).subplots()
        scales.positive(axes, values)
        axes.plot([0, 1], values)
        axes.figure.draw_without_rendering()
        low, high = axes.get_ylim()
        named = [
            text.get_text()
            for text, at in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
            if low <= at <= high
        ]
    assert named == [".002", ".005", ".01", ".02"]


def test_changes_of_either_sign_have_two_powers_of_ten():
    axes = style.figure(2, 2).subplots()
    scales.signed(axes, 0.2, 0.004)
    assert list(axes.get_yticks()) == [-0.1, -0.01, 0, 0.01, 0.1]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["$-10^{-1}$", "", "0", "", "$10^{-1}$"]
