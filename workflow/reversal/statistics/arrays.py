"""Tidy tables as arrays with one axis a factor, so that nothing downstream loops over groups of rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from reversal.errors import ReversalError


class Rectangle(NamedTuple):
    """A full crossing of seeds, other factors and pairs."""

    axes: dict[str, np.ndarray]
    """Factor → its levels, ascending: seed first, then the factors asked for."""
    values: np.ndarray
    """float64 (seeds, …factors, pairs, columns)."""


def rectangle(frame: pd.DataFrame, factors: Sequence[str], columns: Sequence[str], where: str) -> Rectangle:
    """The rows of a table as an array.

    Every seed has as many pairs, though not the same ones (which pairs are told both ways differs); within a
    seed they are the same pairs, in the same order, at every level of every factor.

    Args:
        frame: rows with `seed`, `pair`, the factors and the columns.
        factors: columns that are crossed with seed and pair.
        columns: numeric columns to take.
        where: the cell and table, for errors.

    Raises:
        ReversalError: rows are missing or twice there.
    """
    names = ["seed", *factors]
    keys = [frame[name].to_numpy() for name in [*names, "pair"]]
    order = np.lexsort(keys[::-1])
    levels = {name: np.unique(key) for name, key in zip(names, keys, strict=False)}
    shape = tuple(len(level) for level in levels.values())
    pairs, rest = divmod(len(frame), int(np.prod(shape)))
    if rest or not _crossed([key[order] for key in keys], list(levels.values()), (*shape, pairs)):
        raise ReversalError(
            f"{where}: seeds, {', '.join(factors)} and pairs are not fully crossed; evaluate the cell again"
        )
    values = frame[list(columns)].to_numpy(dtype=np.float64)[order]
    return Rectangle(levels, values.reshape(*shape, pairs, len(columns)))


def _crossed(keys: list[np.ndarray], levels: list[np.ndarray], shape: tuple[int, ...]) -> bool:
    for axis, (key, level) in enumerate(zip(keys, levels, strict=False)):
        expected = level.reshape([-1 if place == axis else 1 for place in range(len(shape))])
        if not (key.reshape(shape) == expected).all():
            return False
    numbers = keys[-1].reshape(shape[0], -1, shape[-1])
    return bool((numbers == numbers[:, :1]).all() and (np.diff(numbers[:, 0], axis=-1) > 0).all())


def crossing(**levels: Sequence | np.ndarray) -> pd.DataFrame:
    """One row for each combination of levels, the last varying fastest: the order of an array's raveled axes."""
    index = pd.MultiIndex.from_product([list(level) for level in levels.values()], names=list(levels))
    return index.to_frame(index=False)
