"""Variants are files: the choices for a setting are the modules of a package.

A position encoding, a layout, an objective, an architecture, a statistic or a figure is one file. Its
name is the name used in the config, and its module-level literals (`SETTINGS`, `FAMILY`, `READS`, …)
say what the workflow must know of it. They are read from the syntax tree, so that planning a study
imports neither torch nor matplotlib. Which ones a file has to state is said by its package, in
`LITERALS`: name → JSON Schema; one that admits null may be left out, and is None then. What else a file has to
define, a function or a class or settings even if there are none, its package lists in `OFFERS`.
"""

import ast
import functools
import importlib
import pkgutil
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from reversal.errors import ReversalError

HOME = Path(__file__).parent
SETTINGS = {
    "description": "What the config may set: name → JSON Schema with a description and a default.",
    "type": ["object", "null"],
    "additionalProperties": {"type": "object", "required": ["description", "default"]},
}
"""The literal that a file of any package may have."""


def names(package: str) -> tuple[str, ...]:
    """The variants that a package (`models.positions`) offers, sorted; a file `_so.py` is a helper and none of them."""
    modules = pkgutil.iter_modules([str(_folder(package))])
    return tuple(sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_")))


@functools.cache
def stated(package: str) -> dict[str, dict[str, Any]]:
    """The literals that files of a package state: name → JSON Schema."""
    home = _folder(package) / "__init__.py"
    return {"SETTINGS": SETTINGS, **(_values(home, {"LITERALS"}).get("LITERALS", {}) if home.exists() else {})}


@functools.cache
def offered(package: str) -> tuple[str, ...]:
    """Names that every file of a package has to define."""
    home = _folder(package) / "__init__.py"
    return tuple(_values(home, {"OFFERS"}).get("OFFERS", ()) if home.exists() else ())


@functools.cache
def literals(package: str, name: str) -> dict[str, Any]:
    """The literals of one variant, read without importing it; None for those that it leaves out.

    Raises:
        ReversalError: the package has no such variant, its file is no Python, a literal is missing or computed, or
            something that every file of the package defines is not there.
    """
    if name not in names(package):
        raise ReversalError(f"{name!r} is none of {package}: {', '.join(names(package))}")
    wanted = stated(package)
    found = _values(_folder(package) / f"{name}.py", wanted)
    for literal, schema in wanted.items():
        if literal not in found and "null" not in schema["type"]:
            raise ReversalError(f"{file(package, name)}: {literal}: missing; state it: {schema['description']}")
    defined = {bound for node in _parsed(_folder(package) / f"{name}.py").body for bound in _binding(node)[0]}
    for needed in offered(package):
        if needed not in defined:
            like = _said(_folder(package) / "__init__.py")
            raise ReversalError(f"{file(package, name)}: {needed}: missing; define it, as {like} says")
    return {literal: found.get(literal) for literal in wanted}


def holds(said: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> bool:
    """Are settings as a literal of the kind "setting → value" says? One that is left out holds for none, an empty one for all."""
    return said is not None and all(settings[name] == value for name, value in said.items())


def load(package: str, name: str) -> ModuleType:
    """The module of one variant, imported."""
    literals(package, name)
    return importlib.import_module(f"reversal.{package}.{name}")


def file(package: str, name: str) -> str:
    """The file of a variant, as messages name it."""
    return _said(_folder(package) / f"{name}.py")


def _folder(package: str) -> Path:
    return HOME.joinpath(*package.split("."))


def _said(path: Path) -> str:
    return path.relative_to(HOME.parent.parent).as_posix()


def _values(path: Path, wanted: Collection[str]) -> dict[str, Any]:
    """Those of the wanted literals that a file states."""
    found: dict[str, Any] = {}
    for node in _parsed(path).body:
        bound, value = _binding(node)
        for name in bound.intersection(wanted):
            try:
                found[name] = ast.literal_eval(value)
            except (TypeError, ValueError):  # left out, it would vanish without a word
                raise ReversalError(
                    f"{_said(path)}: {name}: line {node.lineno} computes it, and it is read from the text; "
                    "write its value out"
                ) from None
    return found


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ReversalError(f"{_said(path)}: line {error.lineno} is no Python ({error.msg}); mend it") from None
    except ValueError as error:
        raise ReversalError(f"{_said(path)}: is no Python ({error}); mend it") from None


def _binding(node: ast.stmt) -> tuple[set[str], ast.AST]:
    """The names that a statement of a module assigns, and what; of another kind of statement all that it may change."""
    if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
        return {target.id for target in node.targets}, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return ({node.target.id}, node.value) if node.value else (set(), node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}, node
    parts = list(ast.walk(node))
    named = {part.id for part in parts if isinstance(part, ast.Name)}
    return named | {part.asname or part.name for part in parts if isinstance(part, ast.alias)}, node
