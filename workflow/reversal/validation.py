"""Config against schema: variants filled in from the registries, defaults filled in, errors said in one line."""

import copy
import difflib
import functools
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from reversal import registry
from reversal.errors import ReversalError

SCHEMA = Path(__file__).parent.parent / "schemas" / "config.schema.yaml"


@functools.cache
def schema() -> dict[str, Any]:
    """The config's JSON Schema (2020-12), its `x-variants` and `x-names` resolved from the registries."""
    return _resolve(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))


def _resolve(node: Any) -> Any:
    if isinstance(node, list):
        return [_resolve(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _resolve(value) for key, value in node.items()}
    if "x-variants" in node:
        return {**node, **_variants(node["x-variants"])}
    if "x-names" in node:
        return {**node, "enum": list(registry.names(node["x-names"]))}
    return node


def _variants(package: str) -> dict[str, Any]:
    """The schema of a mapping whose `kind` is a file of `package` and whose other keys are that file's settings."""
    names = registry.names(package)
    branches = []
    for name in names:
        settings = _resolve(copy.deepcopy(registry.literals(package, name).get("SETTINGS", {})))
        settings = {"kind": {"enum": list(names)}, **settings}
        branches.append(
            {
                "if": {"properties": {"kind": {"const": name}}},
                "then": {"properties": settings, "additionalProperties": False},
            }
        )
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(names)}},
        "allOf": branches,
    }


def definition(name: str) -> dict[str, Any]:
    """One entry of the schema's `$defs`: `dataset` or `cell`."""
    return schema()["$defs"][name]


def fill(node: dict[str, Any], value: Any) -> Any:
    """`value` with the schema's defaults where it says nothing. Wrong types are left for `check` to name."""
    if not isinstance(value, dict):
        return value
    filled = dict(value)
    for key, child in _properties(node, value).items():
        if key not in filled and "default" in child:
            filled[key] = copy.deepcopy(child["default"])
        if key in filled:
            filled[key] = fill(child, filled[key])
    return filled


def _properties(node: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    for branch in node.get("allOf", []):
        if branch["if"]["properties"]["kind"]["const"] == value.get("kind"):
            return branch["then"]["properties"]
    return node.get("properties", {})


def is_variant(node: dict[str, Any]) -> bool:
    """Is this the schema of a mapping whose `kind` decides its other keys?"""
    return "x-variants" in node


def overlay(node: dict[str, Any], base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`base` with `change` on top; naming another `kind` drops the settings of the kind before."""
    if is_variant(node) and change.get("kind", base.get("kind")) != base.get("kind"):
        return copy.deepcopy(change)
    merged = copy.deepcopy(base)
    children = _properties(node, {**base, **change})
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = overlay(children.get(key, {}), merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def check(node: dict[str, Any], value: Any, where: str) -> None:
    """Hold `value` to a schema.

    Raises:
        ReversalError: one line naming the key, the value and what would fit.
    """
    whole = {"$defs": schema()["$defs"], **node}
    errors = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
    if errors:
        deepest = max(errors, key=lambda error: len(error.absolute_path))
        raise ReversalError(_sentence(deepest, where))


def _sentence(error: jsonschema.ValidationError, where: str) -> str:
    key = ".".join([where, *map(str, error.absolute_path)]).strip(".")
    value = _short(error.instance)
    rule, wanted = error.validator, error.validator_value
    if rule == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(error.schema.get("properties", {}))
        unknown = next(name for name in error.instance if name not in known)
        return f"{_join(key, unknown)}: no such key{_nearest(unknown, known)}; known here: {', '.join(known)}"
    if rule == "required":
        missing = next(name for name in wanted if name not in error.instance)
        return f"{_join(key, missing)}: missing; add it to {key or 'the config'}"
    if rule == "enum":
        return f"{key}: {value} does not fit{_nearest(error.instance, wanted)}; one of: {', '.join(map(str, wanted))}"
    if rule == "type":
        return f"{key}: {value} is not of type {wanted}"
    if rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        bound = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}[rule]
        return f"{key}: {value} is out of range; it must be {bound} {wanted}"
    if rule == "pattern":
        return f"{key}: {value} does not fit; names are lower-case letters, digits and underscores ({wanted})"
    return f"{key or 'config'}: {_short(error.message)}"


def _join(key: str, name: Any) -> str:
    return f"{key}.{name}" if key else str(name)


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) or value.strip() != value or not value else f"'{value}'"
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:117]}…"


def _nearest(word: Any, known: list[Any]) -> str:
    near = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f" (did you mean {near[0]}?)" if near else ""
