"""Variants are files: the choices for a setting are the modules of a package.

A position encoding, a layout, an objective, an architecture, a statistic or a figure is one file. Its
name is the name used in the config, and its module-level literals (`SETTINGS`, `FAMILY`, `READS`, …)
say what the workflow must know of it. They are read from the syntax tree, so that planning a study
imports neither torch nor matplotlib.
"""

import ast
import contextlib
import functools
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

from reversal.errors import ReversalError

HOME = Path(__file__).parent


def names(package: str) -> tuple[str, ...]:
    """The variants that a package (`models.positions`) offers, sorted; a file `_so.py` is a helper and none of them."""
    folder = HOME.joinpath(*package.split("."))
    modules = (module.name for module in pkgutil.iter_modules([str(folder)]))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


@functools.cache
def literals(package: str, name: str) -> dict[str, Any]:
    """The module-level literals of one variant, read without importing it.

    Raises:
        ReversalError: the package has no such variant.
    """
    if name not in names(package):
        raise ReversalError(f"{name!r} is none of {package}: {', '.join(names(package))}")
    source = HOME.joinpath(*package.split("."), f"{name}.py").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and node.value is not None:
            with contextlib.suppress(ValueError):  # a computed value is not a literal, and nobody's to read here
                found[target.id] = ast.literal_eval(node.value)
    return found


def load(package: str, name: str) -> ModuleType:
    """The module of one variant, imported."""
    literals(package, name)
    return importlib.import_module(f"reversal.{package}.{name}")
