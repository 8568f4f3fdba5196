"""The config's schema, and what becomes of a config that does not fit it: one line that names the key, or a study."""

import copy
import string
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reversal import registry, study, validation
from reversal.errors import ReversalError
from tests.configs import read_config

CONFIG = read_config()


def mappings(node: Any, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every object of the schema that lists properties, with its path."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "if" not in path.rsplit(".", 1)[-1]:
            yield path, node
        for key, child in node.items():
            yield from mappings(child, f"{path}.{key}")
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from mappings(child, f"{path}.{index}")


OBJECTS = dict(mappings(validation.schema()))


@pytest.mark.parametrize("path", OBJECTS)
def test_every_key_is_described_and_has_a_default_or_is_required(path):
    node = OBJECTS[path]
    for key, child in node["properties"].items():
        if key == "kind":
            continue  # the name of a file, whose docstring describes it
        assert child.get("description"), f"{path}.{key}"
        branch = "properties" in child or "additionalProperties" in child
        assert branch or "default" in child or key in node.get("required", ()), f"{path}.{key}"


@pytest.mark.parametrize("path", OBJECTS)
def test_every_default_fits_its_own_schema(path):
    for key, child in OBJECTS[path]["properties"].items():
        if "default" in child:
            validation.check(child, validation.fill(child, child["default"]), f"{path}.{key}")


@pytest.mark.parametrize("path", [path for path in OBJECTS if ".else" not in path])
def test_no_object_takes_unknown_keys(path):
    node = OBJECTS[path]
    assert "x-variants" in node or node.get("additionalProperties") is False


def test_enums_are_the_files():
    cell = validation.definition("cell")["properties"]
    assert tuple(cell["objective"]["properties"]["kind"]["enum"]) == registry.names("train.objectives")
    assert tuple(cell["model"]["properties"]["kind"]["enum"]) == registry.names("models.architectures")


OBJECTIVE, STATISTIC = ("train.objectives", "mlm"), ("statistics.estimates", "mask")
MISTYPED = {
    "a number as family": (OBJECTIVE, {"FAMILY": 3}, "FAMILY: 3 is not of type string; it says: Model family in"),
    "no name": (OBJECTIVE, {"FAMILY": ""}, "FAMILY: ''"),
    "a word as list": (OBJECTIVE, {"TRAINED": "source"}, "TRAINED: 'source' is not of type array; it says: List of"),
    "nothing trained": (OBJECTIVE, {"TRAINED": []}, "TRAINED: [] is too short"),
    "misspelt": (OBJECTIVE, {"TRAINED": ["source", "taget"]}, "TRAINED.1: 'taget' does not fit (did you mean target?)"),
    "both": (OBJECTIVE, {"ATTENTION": ["both"]}, "ATTENTION.0: 'both' does not fit; one of: causal, bidirectional"),
    "a colour's name": (OBJECTIVE, {"COLOUR": "red"}, "COLOUR: 'red' does not fit (#[0-9A-Fa-f]{6}); it says: What a"),
    "a yes": (OBJECTIVE, {"REORDERS": "yes"}, "REORDERS: 'yes' is not of type boolean or null"),
    "a table that is none": (STATISTIC, {"READS": ["atention"]}, "READS.0: 'atention' does not fit (did you mean att"),
    "a statistic as table": (STATISTIC, {"READS": ["accuracy"]}, "READS.0: 'accuracy' does not fit; one of: answers, "),
    "settings without words": (OBJECTIVE, {"SETTINGS": {"rate": {"default": 1}}}, "SETTINGS.rate.description: missing"),
    "settings as list": (OBJECTIVE, {"SETTINGS": ["rate"]}, "SETTINGS: ['rate'] is not of type object or null"),
    "no schema": (
        OBJECTIVE,
        {"SETTINGS": {"rate": {"description": "Rate.", "type": "nubmer", "default": 1}}},
        "SETTINGS.rate.type: 'nubmer' is no JSON Schema",
    ),
}


@pytest.mark.parametrize(("variant", "change", "said"), MISTYPED.values(), ids=MISTYPED)
def test_a_literal_that_does_not_fit_is_named_with_its_file(monkeypatch, variant, change, said):
    before = registry.literals
    changed = {**before(*variant), **change}
    monkeypatch.setattr(registry, "literals", lambda *asked: changed if asked == variant else before(*asked))
    with pytest.raises(ReversalError) as refused:
        validation.schema.__wrapped__()
    message = str(refused.value)
    assert message.startswith(f"workflow/reversal/{variant[0].replace('.', '/')}/{variant[1]}.py: {said}")
    assert "\n" not in message


def test_fill_reaches_every_depth():
    filled = validation.fill(validation.schema(), {"experiments": {"one": {"cells": ["mdm"]}}})
    assert filled["seeds"]["count"] == 10
    assert filled["experiments"]["one"]["figures"] == []
    assert filled["evaluation"]["distances"]


def test_filling_gives_no_one_elses_lists_away():
    filled = validation.fill(validation.schema(), {})
    filled["evaluation"]["distances"].append(99)
    assert 99 not in validation.fill(validation.schema(), {})["evaluation"]["distances"]


def test_overlaying_another_kind_drops_the_settings_of_the_kind_before():
    node = validation.definition("cell")
    base = {"model": {"kind": "transformer", "width": 32, "position": {"kind": "rope", "base": 100}}}
    other = validation.overlay(node, base, {"model": {"position": {"kind": "learned"}}})
    assert other["model"] == {"kind": "transformer", "width": 32, "position": {"kind": "learned"}}
    same = validation.overlay(node, base, {"model": {"position": {"angle": 0.5}}})
    assert same["model"]["position"] == {"kind": "rope", "base": 100, "angle": 0.5}
    assert base["model"]["position"] == {"kind": "rope", "base": 100}


# One mutation each. Strategies draw a place in the config and what happens to it.

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every key and item of the config."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


def at(config: Any, path: Path) -> Any:
    for key in path:
        config = config[key]
    return config


PLACES = list(places(CONFIG))
GARBAGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 1, 10**9, 10**40, -(10**400), 10**5000, 2**63]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.5, 1.0, 1e308, 5e-324, float("nan"), float("inf")]),
    st.text(max_size=12),
    st.sampled_from(["", " ", "\n", "mdm\n", "Δ", "\u2028", "null", "a" * 500, "../up", "{}", "%s"]),
    st.sampled_from([[], {}, [[]], [{}], {"kind": []}, {"kind": {}}, {"like": ["mdm"]}, {"kind": "rope"}]),
    st.sampled_from([date(2024, 1, 1), {"a"}, b"x", (1, 2), {1: 2}, {None: 1}, {(1, 2): 3}, object]),
    st.recursive(st.none() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2), max_leaves=4),
)
NAMES = st.text(st.sampled_from(string.ascii_letters + "_ \n.é"), max_size=8) | st.sampled_from(
    [1, None, True, 2.5, (1,)]
)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """A config with one thing wrong or only different, and the words of which a refusal must say one."""
    config = copy.deepcopy(CONFIG)
    path = draw(st.sampled_from(PLACES))
    home, key = at(config, path[:-1]), path[-1]
    words = [str(word) for word in path if isinstance(word, str)]
    words = words[1:] or words  # a section's name alone would say little
    named = ["rename", "add"] if isinstance(home, dict) else []
    act = draw(st.sampled_from(["replace", "delete", "swap", "nest", *named]))
    if act == "replace":
        home[key] = draw(GARBAGE)
    elif act == "nest":
        for _ in range(draw(st.sampled_from([1, 3, 2000]))):
            home[key] = {"inner": home[key]}
    elif act == "delete":
        words += [str(home.pop(key))]
    elif act == "swap":
        other = draw(st.sampled_from(PLACES))
        words += [str(word) for word in other if isinstance(word, str)]
        if other[: len(path)] != path and path[: len(other)] != other:
            there = at(config, other[:-1])
            home[key], there[other[-1]] = there[other[-1]], home[key]
    else:
        name = draw(NAMES)
        value = draw(GARBAGE) if act == "add" else home.pop(key)
        home[name] = value
        words += [str(name)]
    return config, words


@settings(max_examples=500)
@given(mutations())
def test_a_mutated_config_is_refused_by_name_or_is_a_study(mutation):
    config, words = mutation
    try:
        made = study.load(config)
    except ReversalError as error:
        message = str(error)
        assert len(message.splitlines()) == 1
        assert len(message) < 2000
        shown = [" ".join(word.split()) for word in words]
        assert any(word[:40] in message or repr(word)[1:-1][:40] in message for word in shown), message
    else:
        assert list(made.runs())
        assert made.cells


def test_a_config_that_holds_itself_is_refused():
    config = copy.deepcopy(CONFIG)
    config["seeds"]["first"] = config["seeds"]
    with pytest.raises(ReversalError, match=r"seeds\.first.*nested"):
        study.load(config)


@pytest.mark.parametrize("config", [None, [], "config.yaml", 3])
def test_a_config_that_is_no_mapping_is_refused(config):
    with pytest.raises(ReversalError, match=r"config: .* is not of type object"):
        study.load(config)
