"""Cells that differ in one setting alone: the series that an experiment follows `along` a setting.

A setting is named by its path in a cell's settings, such as `optimisation.weight_decay`. Cells whose other settings are
equal form a series along it; a cell may stand in several. What follows from a setting is no difference: the checkpoints
from the number of steps, and from a `kind` the settings that this kind alone has. Of cells with the same value, such as
RoPE with two bases along `model.position.kind`, the one that the experiment lists first stands for it.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reversal import validation
from reversal.errors import ReversalError
from reversal.fingerprint import canonical

SECTIONS = ("data", "corpus", "tokenizer", "model", "objective", "optimisation")
"""Parts of a cell's settings in which a series may go along."""


@dataclass(frozen=True)
class Series:
    """Two or more cells that differ in one setting."""

    setting: str
    """Path of the setting."""
    label: str
    """What the cells share, as far as it tells this series from others along the same setting."""
    values: Mapping[str, float | str]
    """Name of a cell → its value of the setting: numbers ascending, or words in the experiment's order."""


class Place(NamedTuple):
    """Where a cell stands in a series."""

    setting: str
    label: str
    value: float | str


def follow(cells: Mapping[str, Any], along: Sequence[str], where: str) -> tuple[Series, ...]:
    """Every series of an experiment.

    Args:
        cells: name → `study.Cell`, in the experiment's order.
        along: paths of settings.
        where: the key that names them, for errors.

    Raises:
        ReversalError: no cell has a setting, it is no single value, or no two cells differ in it alone.
    """
    settings = {
        name: {section: cell.settings[section] for section in SECTIONS if section in cell.settings}
        for name, cell in cells.items()
    }
    families = {name: cell.family for name, cell in cells.items()}
    found = []
    for position, path in enumerate(along):
        found += _along(path, settings, families, f"{where}.{position}")
    return tuple(found)


def places(series: Sequence[Series], cell: str) -> tuple[Place, ...]:
    """Where one cell stands."""
    return tuple(Place(one.setting, one.label, one.values[cell]) for one in series if cell in one.values)


def _along(path: str, settings: Mapping[str, Any], families: Mapping[str, str], where: str) -> list[Series]:
    values = {name: _value(flat[path]) for name, flat in _flat(settings).items() if path in flat}
    _refuse_unknown(path, values, settings, where)
    groups: dict[str, dict[str, Any]] = {}
    for name in (name for name, value in values.items() if value is not None):
        groups.setdefault(canonical(_others(settings[name], path)), {})[name] = values[name]
    groups = {others: _distinct(group) for others, group in groups.items()}
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        raise ReversalError(
            f"{where}: no two cells of the experiment differ in '{path}' alone; add such a cell, or take the path out"
        )
    heads = [next(iter(group)) for group in several]
    labels = _labels(path, heads, settings, [_family(group, families) for group in several])
    return [Series(path, label, group) for label, group in zip(labels, several, strict=True)]


def _refuse_unknown(path: str, values: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> None:
    known = list(dict.fromkeys(key for flat in _flat(settings).values() for key in flat))
    below = [key for key in known if key.startswith(f"{path}.")]
    if below:
        raise ReversalError(f"{where}: '{path}' is no single setting; one of: {', '.join(below)}")
    if path not in known:
        near = validation.nearest(path, known) or "; a setting is named by its path, such as optimisation.weight_decay"
        raise ReversalError(f"{where}: {validation.short(path)} is a setting of no cell of the experiment{near}")
    if any(isinstance(value, list) for value in values.values()):
        raise ReversalError(f"{where}: '{path}' is a list; a series goes along a number or a word")


def _flat(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: dict(_leaves(of_cell)) for name, of_cell in settings.items()}


def _leaves(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its path."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _value(value: Any) -> Any:
    """A number, or a word; nothing for what is not set."""
    return str(value).lower() if isinstance(value, bool) else value


def _others(settings: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The settings without the one at `path`, and without what follows from it."""
    others = copy.deepcopy(dict(settings))
    *way, last = path.split(".")[: -1 if path.endswith(".kind") else None]
    home = others
    for key in way:
        home = home[key]
    del home[last]
    return others


def _distinct(group: Mapping[str, Any]) -> dict[str, Any]:
    """The first cell of each value, numbers ascending."""
    first: dict[Any, str] = {}
    for name, value in group.items():
        first.setdefault(value, name)
    found = {name: value for value, name in first.items()}
    if any(isinstance(value, str) for value in found.values()):
        return {name: str(value) for name, value in found.items()}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _family(group: Mapping[str, Any], families: Mapping[str, str]) -> str:
    """The family of a series, or nothing where it goes across families."""
    found = {families[name] for name in group}
    return found.pop() if len(found) == 1 else ""


def _labels(path: str, heads: Sequence[str], settings: Mapping[str, Any], families: Sequence[str]) -> list[str]:
    """Family, and in what else the series of one family differ."""
    flat = {name: dict(_leaves(_others(settings[name], path))) for name in heads}
    labels = []
    for head, family in zip(heads, families, strict=True):
        same = [flat[name] for name, other in zip(heads, families, strict=True) if other == family]
        keys = [key for key in same[0] if all(key in one for one in same) and len({str(one[key]) for one in same}) > 1]
        words = [family, *(_words(key, flat[head][key]) for key in keys)]
        labels.append(", ".join(word for word in words if word) or "all")
    return labels


def _words(key: str, value: Any) -> str:
    name = key.split(".")[-1]
    if name == "kind":
        return str(value).replace("_", " ")
    if isinstance(value, bool):
        return ("" if value else "no ") + name.replace("_", " ")
    told = f"{value:.4g}" if isinstance(value, int | float) else str(value)
    return f"{name} {told}".replace("_", " ")
