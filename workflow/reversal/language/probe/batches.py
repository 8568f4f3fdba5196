"""Sentences of one shape shown together: nothing is padded, for LLaDA's code ignores the mask that would hide it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Sequence[Item], shape: Callable[[Item], Hashable], most: int) -> Iterator[list[Item]]:
    """Lists of at most so many items of one shape, in the order in which shapes first occur."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(shape(item), []).append(item)
    for group in groups.values():
        for first in range(0, len(group), most):
            yield group[first : first + most]
