"""Model families: what tables and figures call a model, after its architecture or else after its objective.

A family is there because a file says it (`FAMILY`); the data dictionary and the figures ask here which there are.
"""

import functools
from collections.abc import Mapping
from typing import Any

from reversal import registry

OF_CELL = ("models.architectures", "train.objectives")
"""An architecture that has a family of its own is of it whatever it is trained for."""
HOMES = (*OF_CELL, "language.train.objectives")
"""Where a file may bring a family."""


def of(model: Mapping[str, Any], objective: Mapping[str, Any]) -> str:
    """The family of a cell, from the settings of its model and of its objective."""
    own, trained = (
        registry.literals(home, part["kind"]) for home, part in zip(OF_CELL, (model, objective), strict=True)
    )
    return own["FAMILY"] or trained["FAMILY"]


@functools.cache
def variants() -> dict[str, tuple[tuple[str, str], ...]]:
    """Family → the files that bring it, as (package, name); in the order of packages and names."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for package in HOMES:
        for name in registry.names(package):
            if family := registry.literals(package, name)["FAMILY"]:
                found[family] = (*found.get(family, ()), (package, name))
    return found
