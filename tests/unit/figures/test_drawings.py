"""What holds of every figure, whatever the study is like."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from reversal import registry
from reversal.figures import ledger, palette, style
from tests.unit.figures import synthetic_tables


def artists(figure, label):
    """Lines that say of themselves what they are."""
    return [line for axes in figure.axes for line in axes.lines if line.get_label() == label]


def words(figure):
    """Every visible text and its place on the page."""
    with style.applied():
        figure.draw_without_rendering()
        found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        seen = [text for text in found if text.axes is None or _on_axis(text)]
        return [(text.get_text(), text.get_window_extent()) for text in seen]


def _on_axis(text):
    """Tick labels beyond the ends of their axis are never drawn."""
    for name, axis in (("x", text.axes.xaxis), ("y", text.axes.yaxis)):
        if text in [*axis.get_majorticklabels(), *axis.get_minorticklabels()]:
            low, high = sorted(getattr(text.axes, f"get_{name}lim")())
            place = text.get_position()[name == "y"]
            return text.axes.axison and low <= place <= high
    return text.axes.axison or text in text.axes.texts


def test_no_word_is_cut_off(drawing):
    page = drawing.figure.bbox
    for text, extent in words(drawing.figure):
        assert extent.x0 >= page.x0 - 1, text
        assert extent.x1 <= page.x1 + 1, text
        assert extent.y0 >= page.y0 - 1, text
        assert extent.y1 <= page.y1 + 1, text


def test_no_word_covers_another(drawing):
    for (one, first), (other, second) in itertools.combinations(words(drawing.figure), 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < 1 or along < 1.5, f"{one!r} and {other!r}"


def test_numbers_are_what_is_drawn(drawing):
    """Every estimate drawn is in the table of numbers, and every estimate in the table is drawn."""
    drawn = np.concatenate([np.concatenate(line.get_data()).astype(float) for line in estimates(drawing.figure)])
    told = drawing.numbers
    told = told[told["level"].isin(["cell", "run"] if drawing.size == "none passed" else ["cell"])]["value"]
    shown = marks_of(drawing.figure)
    for value in told:
        assert np.isclose(shown, value, rtol=1e-9, atol=1e-12).any(), value
    told = drawing.numbers["value"].to_numpy(float)
    values = [pair for line in estimates(drawing.figure) for pair in zip(*line.get_data(), strict=True)]
    assert len(drawn) > 0
    for pair in values:
        assert any(np.isclose(told, value, rtol=1e-9, atol=1e-12).any() for value in np.asarray(pair, float)), pair


def estimates(figure):
    lines = artists(figure, "_estimate")
    return lines or artists(figure, "_run")


def marks_of(figure):
    """All coordinates of all marks and lines."""
    labels = ("_estimate", "_run", "_line", "_reference")
    data = [np.concatenate(line.get_data()).astype(float) for label in labels for line in artists(figure, label)]
    return np.concatenate(data)


def test_runs_that_did_not_learn_are_hollow(drawing):
    note = [text for text, _ in words(drawing.figure) if text.startswith("Hollow")]
    if drawing.size == "none passed":
        assert note
        for line in artists(drawing.figure, "_run") + artists(drawing.figure, "_estimate"):
            if line.get_marker() not in ("None", None):
                assert line.get_markerfacecolor() in ("none", "white")
    if drawing.size == "smoke":
        assert not note


def test_a_figure_is_as_wide_as_its_column(drawing):
    assert drawing.figure.get_figwidth() in (style.SINGLE, style.DOUBLE)
    assert drawing.figure.get_figheight() < 9


@pytest.mark.parametrize("name", registry.names("figures.plots"))
def test_empty_tables_give_an_empty_figure(name):
    plot = registry.load("figures.plots", name)
    tables = {read: table.iloc[:0] for read, table in synthetic_tables.of(name, synthetic_tables.SMOKE).items()}
    assert plot.draw(tables).axes
    assert plot.numbers(tables).empty


def test_one_colour_a_family():
    """Whatever a figure draws of a family is in that family's colour or a tint of it: here, the dots of the families."""
    figure = registry.load("figures.plots", "families").draw(synthetic_tables.of("families", synthetic_tables.FULL))
    colours = {line.get_markerfacecolor() for line in artists(figure, "_estimate")}
    assert colours == {palette.FAMILIES[name] for name in ("MDM", "MLM", "source-only", "target-only", "ARM")}


@pytest.mark.parametrize("count", [1, 12, 30])
def test_the_ledger_has_a_row_a_claim(count):
    claims = synthetic_tables.claims(count)
    figure = ledger.draw(claims)
    page = figure.bbox
    placed = words(figure)
    for text, extent in placed:
        assert page.x0 <= extent.x0, text
        assert extent.x1 <= page.x1, text
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < 1 or along < 2, f"{one!r} and {other!r}"
    assert len(artists(figure, "_verdict")) == count + len(ledger.MARKS)
    assert sorted(ledger.numbers(claims)["claim"]) == sorted(claims["claim"])
