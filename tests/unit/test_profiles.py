"""Profiles: each is complete, and says of every value why it is there."""

import re

import pytest
import yaml

from tests.configs import ROOT

PROFILES = sorted((ROOT / "profiles").glob("*/profile.yaml"))
NAMES = [path.parent.name for path in PROFILES]


def keys(path) -> set[str]:
    return set(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_there_is_one_for_a_laptop_and_one_for_gpus():
    assert {"default", "local-gpu"} <= set(NAMES)


@pytest.mark.parametrize("path", PROFILES, ids=NAMES)
def test_a_profile_has_all_that_the_default_has(path):
    """Naming one switches the default off."""
    assert keys(ROOT / "profiles/default/profile.yaml") <= keys(path)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "profiles").glob("*/*.yaml")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_every_value_says_why_it_is_there(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if re.match(r"[a-z]", line) and "#" not in line and not before.startswith("#")
    ]
    assert bare == []


def test_the_readme_has_a_row_for_each():
    text = (ROOT / "profiles/README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE)
    assert set(NAMES) <= set(table)
