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


@pytest.mark.parametrize("name", ["default", "local-gpu"])
def test_every_value_says_why_it_is_there(name):
    lines = (ROOT / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8").splitlines()
    pairs = zip(["", *lines], lines, strict=False)
    assert [line for before, line in pairs if re.match("[a-z]", line) and not before.startswith("#")] == []


def test_the_readme_has_a_row_for_each():
    text = (ROOT / "profiles/README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE)
    assert set(NAMES) <= set(table)
