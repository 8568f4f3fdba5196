"""The stage `figures`: statistics tables in, one figure and the table of its numbers out.

Every output is written under a temporary name and renamed, and holds no date: the same tables give the same files.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.figures import style
from reversal.figures.latex import booktabs

UNDATED = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


def draw(figure: str, inputs: Mapping[str, str | Path], outputs: Iterable[str | Path]) -> None:
    """Draw one figure and write its tables.

    Args:
        figure: name of a module in `reversal.figures.plots`.
        inputs: statistic → its parquet file; at least those that the figure reads.
        outputs: files to write; their endings say what: pdf, png, svg, csv, tex.

    Raises:
        ReversalError: an input is missing or not what the dictionary says, or an ending is unknown.
    """
    plot = registry.load("figures.plots", figure)
    missing = [name for name in plot.READS if name not in inputs]
    if missing:
        raise ReversalError(f"figure {figure!r} reads the statistic {missing[0]!r}, and was not given it")
    read = {name: tables.read(inputs[name], name).to_pandas() for name in plot.READS}
    makers = {"csv": lambda: plot.numbers(read)}
    if plot.LATEX:
        makers["tex"] = lambda: plot.table(read)
    _write(lambda: plot.draw(read), makers, outputs)


def _write(
    drawing: Callable[[], Figure], makers: Mapping[str, Callable[[], pd.DataFrame]], outputs: Iterable[str | Path]
) -> None:
    paths = [Path(path) for path in outputs]
    kinds = [path.suffix.removeprefix(".") for path in paths]
    for path, kind in zip(paths, kinds, strict=True):
        if kind not in UNDATED and kind not in makers:
            raise ReversalError(f"{path}: no figure is written as {kind!r}; one of: {', '.join([*UNDATED, *makers])}")
    with style.applied():
        figure = drawing() if set(kinds) & set(UNDATED) else None
        for path, kind in zip(paths, kinds, strict=True):
            with tables.replacing(path) as temporary:
                if kind in UNDATED:
                    figure.savefig(temporary, format=kind, metadata=UNDATED[kind])
                elif kind == "csv":
                    makers[kind]().to_csv(temporary, index=False, float_format="%.6g")
                else:
                    temporary.write_text(booktabs(makers[kind]()), encoding="utf-8")
