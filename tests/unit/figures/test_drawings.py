"""What holds of every figure, whatever the study is like."""

import itertools

import numpy as np
import pandas as pd
import pytest

from reversal import registry
from reversal.figures import palette, style
from reversal.figures.plots import ledger
from tests.unit.figures import synthetic_tables
from tests.unit.figures.conftest import FIGURES
from tests.unit.figures.drawn_words import drawn_words


def artists(figure, label):
    """Lines that say of themselves what they are."""
    return [line for axes in figure.axes for line in axes.lines if line.get_label() == label]


def test_no_word_is_cut_off(drawing):
    page = drawing.figure.bbox
    for text, extent in drawing.words:
        assert extent.x0 >= page.x0 - 1, text
        assert extent.x1 <= page.x1 + 1, text
        assert extent.y0 >= page.y0 - 1, text
        assert extent.y1 <= page.y1 + 1, text


def test_no_word_covers_another(drawing):
    for (one, first), (other, second) in itertools.combinations(drawing.words, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < 1 or along < 1.5, f"{one!r} and {other!r}"


def coordinates(figure, *labels):
    """Every coordinate, along either axis, of the lines and marks of some kinds."""
    data = [np.concatenate(line.get_data()).astype(float) for label in labels for line in artists(figure, label)]
    return np.concatenate(data)


def near(values, value):
    return np.isclose(values, value, rtol=1e-9, atol=1e-12).any()


def test_every_number_is_drawn(drawing):
    """Estimates, or single runs where a table has no others."""
    shown = coordinates(drawing.figure, "_estimate", "_run", "_line", "_reference")
    levels = ["cell"] if (drawing.numbers["level"] == "cell").any() else ["run"]
    for value in drawing.numbers.loc[drawing.numbers["level"].isin(levels), "value"]:
        assert near(shown, value), value


def test_every_mark_is_in_the_numbers(drawing):
    told = drawing.numbers["value"].to_numpy(float)
    marks = artists(drawing.figure, "_estimate") or artists(drawing.figure, "_run")
    assert marks
    for line in marks:
        for x, y in zip(*(np.asarray(values, float) for values in line.get_data()), strict=True):
            assert near(told, x) or near(told, y), (x, y)


def test_runs_that_did_not_learn_are_hollow(drawing):
    note = [text for text, _ in drawing.words if text.startswith("Hollow")]
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


@pytest.mark.parametrize("name", FIGURES)
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


def test_reverse_of_a_symmetric_relation_is_no_confound():
    """Only a text with an arrow for each direction can be asked with the other one."""
    table = synthetic_tables.accuracy(synthetic_tables.SMOKE, ["mdm", "arrows_arm"])
    figure = registry.load("figures.plots", "likelihood").draw({"accuracy": table})
    names = [tick.get_text() for tick in figure.axes[-1].get_yticklabels()]
    assert [name for name in names if "reverse" in name] == [
        "MDM, reverse, held out",
        "ARM, reverse, held out",
        "ARM, reverse, other arrow",
    ]


@pytest.mark.parametrize(
    ("name", "changed"),
    [("families", {"cell": "mlm"}), ("sharing", {"cell": "mdm_qk"}), ("sweep", {"setting_word": "learned"}),
     ("sweep", {"setting": "optimisation.weight_decay", "series": "ARM"})],
)  # fmt: skip
def test_chance_is_drawn_where_it_holds(name, changed):
    """A text of other size has its own chance beside that of the others: 1/N of 8 pairs beside 1/N of 100."""
    [(read, table)] = synthetic_tables.of(name, synthetic_tables.FULL).items()
    other = (table[list(changed)] == pd.Series(changed)).all(axis=1) & (table["chance"] == 0.01)
    assert other.any()
    figure = registry.load("figures.plots", name).draw({read: table.assign(chance=table["chance"].mask(other, 1 / 8))})
    drawn = coordinates(figure, "_reference", "_rule")
    assert near(drawn, 1 / 8)
    assert near(drawn, 0.01)


@pytest.mark.parametrize("count", [1, 12, 30, 140])
def test_the_ledger_has_a_row_a_claim(count):
    claims = synthetic_tables.claims(count)
    figure = ledger.draw({"claims": claims})
    page = figure.bbox
    placed = drawn_words(figure)
    for text, extent in placed:
        assert page.x0 <= extent.x0, text
        assert extent.x1 <= page.x1, text
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < 1 or along < 2, f"{one!r} and {other!r}"
    assert len(artists(figure, "_verdict")) == count + len(ledger.MARKS)
    assert len(figure.axes[0].collections) == count - claims["estimate"].isna().sum(), "the bands of margins"
    assert figure.get_figheight() <= 11.69, "a sheet of A4"
    assert sorted(ledger.numbers({"claims": claims})["claim"]) == sorted(claims["claim"])


def test_a_long_name_in_a_long_ledger_ends_before_its_bar():
    claims = synthetic_tables.claims(80).assign(runs=8)
    claims.loc[claims.index[1:], "claim"] = [f"the_matched_arm_with_whole_sequence_loss_number_{i}" for i in range(79)]
    claims.loc[claims.index[0], "runs"] = 10
    figure = ledger.draw({"claims": claims})
    scale = figure.dpi * ledger.COLUMN
    for text, extent in drawn_words(figure):
        if text.startswith("the matched"):
            assert (extent.x1 % scale) / figure.dpi < ledger.NARROW_BAR[0], text
            assert "ARM" in text
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= 5.5, "points"


def test_a_long_ledger_says_n_in_the_heading_of_a_family_that_has_another():
    claims = synthetic_tables.claims(80).assign(unit="seed", facts=None)
    claims["runs"] = claims["runs"].mask(claims["family"] == "dose", 6)
    words = [text for text, _ in drawn_words(ledger.draw({"claims": claims}))]
    assert words.count("n = 6") == 1
    assert not any("(n =" in text for text in words)
    claims["runs"] = claims["runs"].mask(claims["claim"] == claims.loc[claims["family"] == "dose", "claim"].iloc[0], 5)
    words = [text for text, _ in drawn_words(ledger.draw({"claims": claims}))]
    assert sum("(n =" in text for text in words) == (claims["family"] == "dose").sum()


def test_the_margin_of_an_equivalence_claim_is_a_band_about_its_target():
    """Half as wide as the bar's scale, which the estimate of .2 beyond the target of 0 sets."""
    claims = synthetic_tables.claims(1).assign(estimate=0.2, low=0.15, high=0.2, threshold=0.0, margin=0.1)
    [band] = ledger.draw({"claims": claims}).axes[0].collections
    low, high = ledger.BAR
    assert band.get_paths()[0].get_extents().width == pytest.approx((high - low) / 2)


def test_families_have_no_column_for_what_no_cell_was_asked():
    families = registry.load("figures.plots", "families")
    table = synthetic_tables.of("families", synthetic_tables.FULL)["accuracy"]
    whole, less = families.draw({"accuracy": table}), {"accuracy": table[table["query"] != "wrong_frame"]}
    assert len(families.draw(less).axes) == len(whole.axes) - 1
    assert sorted(set(families.numbers(less)["panel"])) == list("abcde")
    assert not any(column.startswith("wrong frame") for column in families.table(less).columns)
