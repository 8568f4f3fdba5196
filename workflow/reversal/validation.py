"""Config against schema: variants filled in from the registries, defaults filled in, errors said in one line."""

import copy
import difflib
import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from reversal import families, registry, tables, yaml_text
from reversal.errors import ReversalError

SCHEMA = Path(__file__).parent.parent / "schemas" / "config.schema.yaml"
DEEPEST = 20


def plain(value: Any, *path: str | int) -> Any:
    """The config as new dicts, lists and scalars; a whole number is an int, so that 1 and 1.0 are one setting.

    Raises:
        ReversalError: a key that is not text, a number that no setting could hold, or a circle.
    """
    where = ".".join(map(str, path)) or "config"
    if len(path) > DEEPEST:
        raise ReversalError(f"{where}: nested more than {DEEPEST} deep; no setting is")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ReversalError(f"{where}: the key {short(key)} is not text; put it in quotes")
        return {key: plain(child, *path, key) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [plain(child, *path, index) for index, child in enumerate(value)]
    if isinstance(value, int) and value.bit_length() > 63:
        raise ReversalError(f"{where}: a number of {value.bit_length()} bits is out of range; 63 bits are the most")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


@functools.cache
def schema() -> dict[str, Any]:
    """The config's JSON Schema (2020-12), its `x-variants` and `x-names` resolved from the registries.

    Raises:
        ReversalError: a file of a registry does not state what it must.
    """
    return _resolve(yaml_text.load(SCHEMA.read_text(encoding="utf-8")))


def _resolve(node: Any) -> Any:
    if isinstance(node, list):
        return [_resolve(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _resolve(value) for key, value in node.items()}
    if "x-variants" in node:
        return {**node, **_variants(node["x-variants"])}
    if "x-names" in node:
        _hold_literals(node["x-names"])
        return {**node, "enum": list(registry.names(node["x-names"]))}
    if "x-families" in node:
        return {**node, "enum": list(families.variants())}
    if "x-tables" in node:
        return {**node, "enum": tables.of_stages(node["x-tables"])}
    return node


def _variants(package: str) -> dict[str, Any]:
    """The schema of a mapping whose `kind` is a file of `package` and whose other keys are that file's settings."""
    _hold_literals(package)
    names = registry.names(package)
    branches = []
    for name in names:
        settings = _resolve(copy.deepcopy(registry.literals(package, name)["SETTINGS"] or {}))
        settings = {"kind": {"enum": list(names)}, **settings}
        branches.append(
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"properties": settings, "additionalProperties": False},
            }
        )
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(names)}},
        "allOf": branches,
    }


def _hold_literals(package: str) -> None:
    """Refuse literals of a package's files that are not as its `LITERALS` say."""
    for name in registry.names(package):
        for literal, value in registry.literals(package, name).items():
            node, where = registry.stated(package)[literal], f"{registry.file(package, name)}: {literal}"
            for said in _sentences(_resolve(node), value, where):
                raise ReversalError(f"{said}; it says: {node['description']}")
        _hold_settings(package, name)


def _hold_settings(package: str, name: str) -> None:
    """Refuse settings whose description is no JSON Schema."""
    for setting, node in (registry.literals(package, name)["SETTINGS"] or {}).items():
        try:
            jsonschema.Draft202012Validator.check_schema(node)
        except jsonschema.SchemaError as error:
            key = functools.reduce(_join, error.path, f"SETTINGS.{setting}")
            said = f"{key}: {short(error.instance)} is no JSON Schema ({short(error.message)})"
            raise ReversalError(f"{registry.file(package, name)}: {said}; mend it") from None


def definition(name: str) -> dict[str, Any]:
    """One entry of the schema's `$defs`: `dataset` or `cell`."""
    return schema()["$defs"][name]


def fill(node: dict[str, Any], value: Any) -> Any:
    """`value` with the schema's defaults where it says nothing. Wrong types are left for `check` to name."""
    if not isinstance(value, dict):
        return value
    children = _properties(node, value)
    missing = {key: plain(child["default"]) for key, child in children.items() if "default" in child}
    others = node.get("additionalProperties") or {}
    return {key: fill(children.get(key, others), child) for key, child in (missing | value).items()}


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


def _is_number(checker: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _matches(validator: Any, pattern: str, value: Any, node: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


# JSON knows no infinities, and to Python's `$` a name may end in a line break.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"pattern": _matches},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)


def check(node: dict[str, Any], value: Any, where: str) -> None:
    """Hold `value` to a schema.

    Raises:
        ReversalError: one line naming the key, the value and what would fit.
    """
    for said in _sentences({"$defs": schema()["$defs"], **node}, value, where):
        raise ReversalError(said)


def _sentences(node: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    """What does not fit a schema, the deepest first."""
    errors = sorted(_Validator(node).iter_errors(value), key=lambda error: -len(error.absolute_path))
    return (_sentence(error, where) for error in errors)


def _sentence(error: jsonschema.ValidationError, where: str) -> str:
    key = functools.reduce(_join, error.absolute_path, where)
    value = short(error.instance)
    rule, wanted = error.validator, error.validator_value
    if rule == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(error.schema.get("properties", {}))
        unknown = next(name for name in error.instance if name not in known)
        return f"{_join(key, unknown)}: no such key{nearest(unknown, known)}; known here: {', '.join(known)}"
    if rule == "required":
        missing = next(name for name in wanted if name not in error.instance)
        return f"{_join(key, missing)}: missing; add it to {key or 'the config'}"
    if rule == "enum":
        return f"{key}: {value} does not fit{nearest(error.instance, wanted)}; one of: {', '.join(map(str, wanted))}"
    if rule == "type":
        return f"{key or 'config'}: {value} is not of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
    if rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        bound = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}[rule]
        return f"{key}: {value} is out of range; it must be {bound} {wanted}"
    if rule == "pattern":
        words = "; names are lower-case letters, digits and underscores" if wanted.startswith("^[a-z]") else ""
        return f"{key}: {value} does not fit{words} ({wanted})"
    if rule == "uniqueItems":
        twice = next(item for item in error.instance if error.instance.count(item) > 1)
        return f"{key}: {short(twice)} stands there twice; once is enough"
    if rule in ("minItems", "minProperties", "maxItems", "maxLength"):
        most = "at least" if rule.startswith("min") else "at most"
        return f"{key}: {value} is too {'short' if rule.startswith('min') else 'long'}; it must have {most} {wanted}"
    return f"{key or 'config'}: {short(error.message)}"


def _join(key: str, name: Any) -> str:
    name = str(name) if name != "" and str(name).isprintable() and len(str(name)) <= 120 else short(name)
    return f"{key}.{name}" if key else name


def short(value: Any) -> str:
    """A value on one line of at most 120 characters."""
    text = repr(value) if not isinstance(value, str) or value.strip() != value or not value else f"'{value}'"
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:117]}…"


def nearest(word: Any, known: Iterable[Any]) -> str:
    """A suggestion, such as " (did you mean steps?)", or nothing."""
    near = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f" (did you mean {near[0]}?)" if near else ""
