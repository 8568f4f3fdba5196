"""Figures of language models: what stands where, and models of many heads or of none untrained."""

import pytest

from reversal.figures import rows
from reversal.figures.plots import heads, recall
from tests.unit.figures import synthetic_tables
from tests.unit.figures.drawn_words import drawn_words

PUBLISHED = synthetic_tables.Size(seeds=1, steps=(0,))


def lines(figure):
    """The names of the lines of the first panel, from above, with their heights."""
    axes = figure.axes[0]
    return [
        (tick.get_text(), float(place)) for tick, place in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    ]


def marks(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def test_facts_told_both_ways_have_a_line_of_their_own_and_what_is_harder_stands_below():
    figure = recall.draw(synthetic_tables.of("recall", synthetic_tables.FULL))
    names, places = zip(*lines(figure), strict=True)
    both = "told both ways"
    assert names == (
        *("MDM", both, "MLM, 15 %", both, "ARM", both),
        *("MDM, pieces of words", both, "MDM, forward only", "ARM, pieces of words", both),
    )
    gaps = {name: before - place for name, before, place in zip(names[1:], places, places[1:], strict=False)}
    assert {name for name, gap in gaps.items() if gap > 1} == {"MDM, pieces of words"}
    assert recall.HARDER in {text for text, _ in drawn_words(figure)}


def test_where_all_are_harder_none_is_set_apart():
    [(name, table)] = synthetic_tables.of("recall", synthetic_tables.FULL).items()
    figure = recall.draw({name: table[table["tokens"] > 1]})
    assert [place for _, place in lines(figure)] == [0, -1, -2, -3]


def test_a_published_checkpoint_has_one_line_with_its_interval_over_facts():
    table = synthetic_tables.recall(PUBLISHED, ["natural_mdm", "natural_arm"])
    table = table[table["told"] == "all"]
    assert [name for name, _ in lines(recall.draw({"recall": table}))] == ["MDM", "ARM"]
    shown = recall.select({"recall": table})["d"]
    assert shown[shown["level"] == "cell"]["over"].tolist() == ["facts", "facts"]


@pytest.mark.parametrize(("layers", "count", "estimates"), [(2, 4, 2 * 4 + 1), (8, 16, 8 + 1)])
def test_many_heads_are_points_about_the_mean_of_their_layer(layers, count, estimates):
    table = synthetic_tables.head_correlation(PUBLISHED, ["natural_mdm"], layers, count)
    figure = heads.draw({"head_correlation": table})
    single = rows.where(table, level="run", measure="r")
    single = single[single["head"].notna()]
    for axes in figure.axes:
        assert len(marks(axes, "_estimate")) == len(marks(axes, "_reference")) == estimates
    points = [y for line in marks(figure.axes[0], "_run") for y in line.get_ydata()]
    assert set(single["value"]) <= set(points)
    assert len(points) == layers * count + 1


def test_heads_of_several_runs_have_no_mean_over_them():
    """The first heads of two seeds have nothing to do with one another: what is estimated is a layer's mean, and all heads'."""
    shown = heads.select(synthetic_tables.of("heads", synthetic_tables.FULL))["r"]
    estimates = shown[shown["level"] == "cell"]
    assert estimates["head"].isna().all()
    assert set(estimates["layer"].fillna(-1)) == {0, 1, -1}
    assert (shown[shown["level"] == "run"].groupby("cell")["head"].count() == 10 * 2 * 2 * 4).all()


def test_the_key_names_what_is_drawn():
    words = {
        size: drawn_words(heads.draw(synthetic_tables.of("heads", size))) for size in (PUBLISHED, synthetic_tables.FULL)
    }
    for size, found in words.items():
        assert ("untrained" in {text for text, _ in found}) == (size != PUBLISHED)
