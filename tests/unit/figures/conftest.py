"""Every figure drawn once of every size of study; the tests look at the drawings."""

from dataclasses import dataclass

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from reversal import registry
from reversal.study import WHOLE
from tests.unit.figures import synthetic_tables
from tests.unit.figures.drawn_words import drawn_words

FIGURES = tuple(name for name in registry.names("figures.plots") if name not in WHOLE)
SIZES = {
    "full": synthetic_tables.FULL,
    "smoke": synthetic_tables.SMOKE,
    "none passed": synthetic_tables.NONE_PASSED,
    "one checkpoint": synthetic_tables.ONE_CHECKPOINT,
}


@dataclass(frozen=True)
class Drawing:
    """A figure, what it was drawn of, and the module that drew it."""

    name: str
    size: str
    tables: dict[str, pd.DataFrame]
    figure: Figure
    numbers: pd.DataFrame
    words: list[tuple[str, Bbox]]


@pytest.fixture(
    scope="session",
    params=[(name, size) for name in FIGURES for size in SIZES],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def drawing(request) -> Drawing:
    name, size = request.param
    tables = synthetic_tables.of(name, SIZES[size])
    plot = registry.load("figures.plots", name)
    figure = plot.draw(tables)
    return Drawing(name, size, tables, figure, plot.numbers(tables), drawn_words(figure))
