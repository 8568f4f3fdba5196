"""Cells that nobody writes out by hand: every combination of the levels of some factors.

A factorial of a config

    factorials:
      placed:
        like: mdm
        factors:
          position: {rope: {model: {position: {kind: rope}}}, learned: {model: {position: {kind: learned}}}}
          sharing: {shared: {}, by_position: {model: {value_output: by_position}}}
        except:
          - {because: "no position tells them apart", where: {position: learned, sharing: by_position}}

stands for the cells placed__rope__shared, placed__rope__by_position and placed__learned__shared, each `like` the
record that it names with its levels on top; in an experiment's list of cells, `placed` stands for all of them.
Nothing is left out in silence: what does not fit must be excepted with a reason, and `plan` counts it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from reversal import validation
from reversal.errors import ReversalError

BETWEEN = "__"
"""Between the levels in a cell's name: names of factorials and levels have single underscores at most."""
LONGEST = 120
"""Characters of a cell's name, which is a folder's."""

Levels = Mapping[str, str]
"""Factor → its level, for one combination."""


@dataclass(frozen=True)
class Factorial:
    """What became of one factorial."""

    name: str
    cells: Mapping[str, Levels]
    """Cell → its level of each factor."""
    left_out: Mapping[str, int]
    """Reason → combinations that an exception left out; a combination counts for the first that names it."""

    @property
    def combinations(self) -> int:
        """All that the factors allow."""
        return len(self.cells) + sum(self.left_out.values())


def expand(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Factorial]]:
    """The config with every factorial written out as cells, and what became of each.

    Raises:
        ReversalError: a name is taken or unknown, two factors set the same key, or an exception names nothing.
    """
    cells, factorials = dict(config["cells"]), {}
    for name, entry in config["factorials"].items():
        where = f"factorials.{name}"
        records = {**config["settings"], **config["cells"]}
        if name in records:
            raise ReversalError(f"{where}: there is a record of the same name; rename one of them")
        if entry["like"] not in records:
            near = validation.nearest(entry["like"], records)
            raise ReversalError(f"{where}.like: {entry['like']!r} is none of the records{near}; start from one of them")
        _check(where, entry)
        made, factorials[name] = _combined(name, entry)
        if taken := sorted(made.keys() & cells.keys()):
            raise ReversalError(f"{where}: its cell {taken[0]} stands in cells too; rename one of them")
        cells |= made
    experiments = {
        name: {**entry, "cells": list(_named(entry["cells"], factorials))}
        for name, entry in config["experiments"].items()
    }
    return {**config, "cells": cells, "experiments": experiments}, factorials


def _named(cells: Sequence[str], factorials: Mapping[str, Factorial]) -> Iterator[str]:
    """Cells of an experiment, a factorial's in its place."""
    for name in cells:
        yield from factorials[name].cells if name in factorials else [name]


def _combined(name: str, entry: Mapping[str, Any]) -> tuple[dict[str, Any], Factorial]:
    """Records of the cells by name, and the factorial."""
    factors, records, cells = entry["factors"], {}, {}
    left_out: Counter[str] = Counter({exception["because"]: 0 for exception in entry["except"]})
    for combination in product(*factors.values()):
        levels = dict(zip(factors, combination, strict=True))
        reason = next((e["because"] for e in entry["except"] if _names(e["where"], levels)), None)
        if reason is not None:
            left_out[reason] += 1
            continue
        cell = BETWEEN.join([name, *combination])
        if len(cell) > LONGEST:
            raise ReversalError(
                f"factorials.{name}: the name {cell} has over {LONGEST} characters; shorten the levels'"
            )
        cells[cell] = levels
        records[cell] = _record(entry["like"], factors, levels)
    for reason, count in left_out.items():
        if not count:
            raise ReversalError(f"factorials.{name}.except: {reason!r} leaves nothing out; take it out or mend `where`")
    if not cells:
        raise ReversalError(f"factorials.{name}.except: nothing is left; except fewer combinations")
    return records, Factorial(name, cells, left_out)


def _names(where: Mapping[str, Any], levels: Levels) -> bool:
    """Does an exception name this combination? A list of levels is any of them."""
    return all(levels[factor] in (given if isinstance(given, list) else [given]) for factor, given in where.items())


def _record(like: str, factors: Mapping[str, Any], levels: Levels) -> dict[str, Any]:
    """One cell, labelled by its levels."""
    record: dict[str, Any] = {"like": like}
    for factor, level in levels.items():
        record = validation.overlay(validation.definition("cell"), record, factors[factor][level])
    labels = (factors[factor][level].get("label", level.replace("_", " ")) for factor, level in levels.items())
    return {**record, "label": ", ".join(labels)}


def _check(where: str, entry: Mapping[str, Any]) -> None:
    """Exceptions are held to the factors; and a key is one factor's alone, so that their order means nothing.

    The levels' settings are held to the schema as parts of the cells.
    """
    keys = {
        factor: {key for record in levels.values() for key in _keys(record)}
        for factor, levels in entry["factors"].items()
    }
    for one, other in combinations(keys, 2):
        for key in sorted(keys[one] & keys[other]):
            raise ReversalError(f"{where}.factors.{other}: sets {key}, and so does {one}; leave it to one of them")
    for position, exception in enumerate(entry["except"]):
        for factor, given in exception["where"].items():
            at = f"{where}.except.{position}.where"
            if factor not in entry["factors"]:
                raise ReversalError(f"{at}.{factor}: is none of the factors; one of: {', '.join(entry['factors'])}")
            for level in given if isinstance(given, list) else [given]:
                if level not in entry["factors"][factor]:
                    known = ", ".join(entry["factors"][factor])
                    raise ReversalError(f"{at}.{factor}: {level!r} is none of its levels; one of: {known}")


def _keys(record: Mapping[str, Any], *path: str) -> Iterator[str]:
    """The settings that a level decides, such as model.layers; a mapping with a `kind` is one of them as a whole."""
    for key, value in record.items():
        if isinstance(value, Mapping) and "kind" not in value:
            yield from _keys(value, *path, key)
        elif (*path, key) != ("label",):
            yield ".".join((*path, key))
