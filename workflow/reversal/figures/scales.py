"""Axes that several figures share: optimiser steps with step 0, angles as fractions of π, levels of a setting."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)


def steps(axes: Axes, found: Iterable[int]) -> None:
    """A logarithmic axis of optimiser steps that has a place for step 0."""
    marks = sorted({int(step) for step in found})
    above = [step for step in marks if step > 0]
    axes.set_xlabel("optimiser step")
    if len(above) < 2:
        axes.set_xticks(marks)
        room = max(0.06 * sum(marks), 0.5)
        axes.set_xlim(min(marks, default=0) - room, max(marks, default=0) + room)
        return
    first, last = above[0], above[-1]
    axes.set_xscale("symlog", linthresh=first, linscale=0.45)
    decades = [10**power for power in range(1, 9) if first < 10**power < last / 1.6]
    ticks = ([0] if 0 in marks else []) + [first, *decades, last]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([_short(tick) for tick in ticks])
    stretch = axes.xaxis.get_transform()
    low, high = stretch.transform(np.array([marks[0], last], dtype=float))
    room = 0.04 * (high - low)
    axes.set_xlim(stretch.inverted().transform(np.array([low - room, high + room])))


def _short(step: int) -> str:
    return f"{step:,}".replace(",", "\u202f") if step >= 10000 else str(step)


def angle(value: float) -> str:
    """An angle as a fraction of π: 0, π/16, 3π/16."""
    fraction = Fraction(value / np.pi).limit_denominator(64)
    if abs(float(fraction) * np.pi - value) > 1e-6:
        return f"{value:.2f}"
    if fraction == 0:
        return "0"
    numerator = "π" if fraction.numerator == 1 else f"{fraction.numerator}π"
    return numerator if fraction.denominator == 1 else f"{numerator}/{fraction.denominator}"


CLOSEST = 0.17
"""Least room between two ticks, as a share of the axis."""
WIDE = 9
"""Levels whose largest is this many times the smallest are drawn on a logarithmic axis."""


def setting(axes: Axes, levels: Iterable[float], angles: bool = False) -> None:
    """A horizontal axis of a setting's levels, logarithmic where they range widely, with a place for 0."""
    marks = np.array(sorted(set(levels)), dtype=float)
    above = marks[marks > 0]
    if len(above) > 1 and above[-1] / above[0] > WIDE and marks[0] >= 0:
        axes.set_xscale("symlog", linthresh=above[0], linscale=0.45)
    stretch = axes.xaxis.get_transform()
    places = stretch.transform(marks)
    room = 0.06 * np.ptp(places) or 0.5
    ends = np.array([places[0] - room, places[-1] + room])
    axes.set_xlim(stretch.inverted().transform(ends))
    shown = _spaced(marks, places / np.ptp(ends), CLOSEST * (1.5 if angles else 1))
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(FixedFormatter([angle(mark) if angles else _level(mark) for mark in shown]))
    axes.xaxis.set_minor_locator(NullLocator())


def _spaced(marks: np.ndarray, places: np.ndarray, closest: float) -> list[float]:
    """The first and the last, and between them those that leave room for their words."""
    kept = [0]
    for index in range(1, len(marks) - 1):
        if min(places[index] - places[kept[-1]], places[-1] - places[index]) > closest:
            kept.append(index)
    return [float(marks[index]) for index in dict.fromkeys([*kept, len(marks) - 1])]


def _level(value: float) -> str:
    """A number of few digits: 0, .01, 0.5 as .5, 10⁵ from there on as a power."""
    power = round(np.log10(value)) if value > 0 else 0
    if power >= 4 and value == 10.0**power:
        return f"$10^{{{power}}}$"
    return f"{value:g}".removeprefix("0") if 0 < value < 1 else f"{value:g}"


def unit(axes: Axes, direction: str = "y") -> None:
    """A probability, an accuracy or a weight: 0 to 1, with room for the marks at both ends."""
    getattr(axes, f"set_{direction}lim")(-0.04, 1.04)
    getattr(axes, f"set_{direction}ticks")([0, 0.25, 0.5, 0.75, 1], ["0", "", ".5", "", "1"])


def correlation(axes: Axes, direction: str = "x", lowest: float = -1) -> None:
    """A correlation or a cosine: −1 to 1, or from near 0 where the lowest value is not far below it."""
    bottom = -1.14 if lowest < -0.5 else -0.6 if lowest < -0.25 else -0.3
    getattr(axes, f"set_{direction}lim")(bottom, 1.14 if bottom < -1 else 1.07)
    ticks = {-1: "−1", -0.5: "−.5", 0: "0", 0.5: ".5", 1: "1"}
    kept = [tick for tick in ticks if tick > bottom]
    getattr(axes, f"set_{direction}ticks")(kept, [ticks[tick] for tick in kept])


def positive(axes: Axes, values: Iterable[float]) -> None:
    """A vertical axis of sizes: from 0, or logarithmic where they range over more than a decade.

    One power of ten among its ticks would not tell how far the axis goes; there, twice and five times one are named too.
    """
    found = np.array([value for value in values if np.isfinite(value)])
    if len(found) and found.min() > 0 and found.max() / found.min() > 10:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        if np.floor(np.log10(found.max())) - np.ceil(np.log10(found.min())) < 1:
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _level(value)))
    else:
        axes.set_ylim(0, 1.15 * found.max() if len(found) and found.max() > 0 else 1)
        axes.yaxis.set_major_locator(MaxNLocator(3))


def signed(axes: Axes, largest: float, smallest: float) -> None:
    """Both axes: changes of either sign, logarithmic but for those below `smallest`.

    Two powers of ten show that it is; side by side the words of the smaller one have no room.
    """
    top = int(np.floor(np.log10(largest)))
    powers = [power for power in (top - 1, top) if 10.0**power >= smallest]
    ticks = [*(-(10.0**power) for power in powers[::-1]), 0, *(10.0**power for power in powers)]
    words = [f"$-10^{{{power}}}$" for power in powers[::-1]] + ["0"] + [f"$10^{{{power}}}$" for power in powers]
    outer = [word if place in (0, len(powers), 2 * len(powers)) else "" for place, word in enumerate(words)]
    for name, axis, named in (("x", axes.xaxis, outer), ("y", axes.yaxis, words)):
        getattr(axes, f"set_{name}scale")("symlog", linthresh=smallest, linscale=0.6)
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FixedFormatter(named))
        axis.set_minor_locator(NullLocator())
