"""Variants are files: their names, and their literals read without importing them."""

import subprocess
import sys

import pytest

from reversal import registry
from reversal.errors import ReversalError
from tests.configs import ROOT

NEEDED = {
    "data.layouts": {"RELATION"},
    "data.texts": {"SETTINGS", "REVERSES"},
    "train.objectives": {"FAMILY", "TRAINED", "ATTENTION"},
    "statistics.estimates": {"READS"},
    "figures.plots": {"READS"},
    "models.architectures": set(),
    "models.positions": set(),
    "language.facts": {"LIBRARY"},
    "language.sets": set(),
    "language.designs": {"SETTINGS"},
}
VARIANTS = [(package, name) for package in NEEDED for name in registry.names(package)]


@pytest.mark.parametrize(("package", "name"), VARIANTS)
def test_a_variant_says_what_the_workflow_must_know_of_it(package, name):
    literals = registry.literals(package, name)
    assert set(literals) >= NEEDED[package]


@pytest.mark.parametrize(("package", "name"), VARIANTS)
def test_what_is_read_from_the_text_is_what_the_module_holds(package, name):
    module = registry.load(package, name)
    for literal in {*NEEDED[package], "SETTINGS"} & set(vars(module)):
        assert registry.literals(package, name)[literal] == getattr(module, literal), literal


def test_figures_read_statistics_that_there_are():
    for name in registry.names("figures.plots"):
        assert set(registry.literals("figures.plots", name)["READS"]) <= {
            *registry.names("statistics.estimates"),
            *("claims", "calibration"),
        }


def test_an_unknown_variant_is_named_with_the_known_ones():
    with pytest.raises(ReversalError, match=r"'roep' is none of models\.positions: alibi, .*rope") as caught:
        registry.load("models.positions", "roep")
    assert "\n" not in str(caught.value)


def test_annotated_literals_count_and_computed_ones_do_not(tmp_path, monkeypatch):
    folder = tmp_path / "shapes"
    folder.mkdir()
    folder.joinpath("round.py").write_text("SETTINGS: dict = {'radius': 1}\nAREA = 3 * 3.14\nlater: int\n")
    folder.joinpath("_helper.py").write_text("")
    monkeypatch.setattr(registry, "HOME", tmp_path)
    assert registry.names("shapes") == ("round",)
    assert registry.literals("shapes", "round") == {"SETTINGS": {"radius": 1}}


def test_reading_literals_imports_nothing_heavy():
    code = (
        "import sys; from reversal import registry;"
        "[registry.literals(p, n) for p in ('models.architectures', 'figures.plots') for n in registry.names(p)];"
        "print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": "workflow", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
