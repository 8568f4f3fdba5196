"""The calibration as a figure: every rate is there, nothing covers anything, and what is wrong stands out."""

import itertools

import numpy as np
import pandas as pd
import pytest

from reversal.figures import style
from reversal.figures.plots import calibration
from reversal.statistics.calibration import simulate
from reversal.statistics.scenarios import COVERED, EFFECT, NULL
from tests.unit.figures.drawn_words import drawn_words


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return simulate(20)


@pytest.fixture(scope="module")
def figure(simulated):
    return calibration.draw({"calibration": simulated})


def marks(figure) -> list:
    return [line for axes in figure.axes for line in axes.lines if line.get_label() == "_estimate"]


def test_every_rate_has_a_mark_in_the_panel_of_its_truth(simulated, figure):
    for axes, truth in zip(figure.axes, ("null", "effect", "covered"), strict=True):
        drawn = sorted(line.get_xdata()[0] for line in axes.lines if line.get_label() == "_estimate")
        np.testing.assert_allclose(drawn, sorted(simulated.loc[simulated["truth"] == truth, "rate"]))
    assert len(marks(figure)) == 2 * len(NULL) + len(EFFECT) + len(COVERED)


def test_nothing_is_cut_off_and_nothing_covers_anything(figure):
    page, words = figure.bbox, drawn_words(figure)
    for text, extent in words:
        assert page.x0 - 1 <= extent.x0, text
        assert extent.x1 <= page.x1 + 1, text
    for (one, first), (other, second) in itertools.combinations(words, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < 1 or along < 1.5, f"{one!r} and {other!r}"
    assert figure.get_figwidth() == style.DOUBLE
    assert figure.get_figheight() <= 10


def test_a_liberal_rate_is_hollow_and_counted(simulated):
    one = simulated.assign(verdict=["liberal", *["nominal"] * (len(simulated) - 1)])
    figure = calibration.draw({"calibration": one})
    assert [line.get_markerfacecolor() for line in marks(figure)].count("white") == 1
    assert any("liberal: 1 of" in text for text, _ in drawn_words(figure))


def test_numbers_and_table_have_every_row(simulated):
    tables = {"calibration": simulated}
    assert len(calibration.numbers(tables)) == len(calibration.table(tables)) == len(simulated)
    assert set(calibration.table(tables)["verdict"]) == set(simulated["verdict"])


def test_an_empty_table_gives_an_empty_figure(simulated):
    empty = {"calibration": simulated.iloc[:0]}
    assert calibration.draw(empty).axes
    assert calibration.numbers(empty).empty
