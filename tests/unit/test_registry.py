"""Variants are files: their names, and their literals read without importing them."""

import subprocess
import sys

import jsonschema
import pytest

from reversal import registry
from reversal.errors import ReversalError
from tests.configs import ROOT

PACKAGES = (
    *("data.layouts", "data.texts", "train.objectives", "statistics.estimates", "figures.plots"),
    *("models.architectures", "models.positions"),
    *("language.corpus.facts", "language.corpus.sets", "language.corpus.designs", "language.train.tokenizers"),
    *("language.train.architectures", "language.train.objectives", "language.probe.adapters"),
)
VARIANTS = [(package, name) for package in PACKAGES for name in registry.names(package)]


@pytest.mark.parametrize(("package", "name"), VARIANTS)
def test_what_is_read_from_the_text_is_what_the_module_holds(package, name):
    module = registry.load(package, name)
    for literal, value in registry.literals(package, name).items():
        assert getattr(module, literal, None) == value, literal


@pytest.mark.parametrize("package", PACKAGES)
def test_every_literal_is_described(package):
    for literal, schema in registry.stated(package).items():
        assert literal.isupper()
        assert schema["description"].endswith((".", "?")), literal
        jsonschema.Draft202012Validator.check_schema(schema)


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


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `shapes` whose files state RADIUS and may state NAME, with one file `round`."""
    monkeypatch.setattr(registry, "HOME", tmp_path / "workflow/reversal")
    folder = registry.HOME / "shapes"
    folder.mkdir(parents=True)
    stated = {"RADIUS": {"description": "How wide.", "type": "number"}, "NAME": {"type": ["string", "null"]}}
    (folder / "__init__.py").write_text(f"LITERALS = {stated}\nOFFERS = ['area']\n")
    for cached in (registry.literals, registry.stated, registry.offered):
        cached.cache_clear()
    yield lambda source: (folder / "round.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    for cached in (registry.literals, registry.stated, registry.offered):
        cached.cache_clear()


def test_stated_literals_are_read_and_others_are_nobodys(package):
    package("RADIUS: float = 1.5\nAREA = 3 * 3.14\nlater: int\nSETTINGS: dict = {}\ndef area():\n    NAME = AREA\n")
    (registry.HOME / "shapes" / "_helper.py").write_text("")
    (registry.HOME / "shapes" / "folder").mkdir()
    (registry.HOME / "shapes" / "folder" / "__init__.py").write_text("")
    assert registry.names("shapes") == ("round",)
    assert registry.literals("shapes", "round") == {"RADIUS": 1.5, "NAME": None, "SETTINGS": {}}


WRONG = {
    "missing": ("SETTINGS = {}", "RADIUS: missing; state it: How wide."),
    "declared only": ("RADIUS: float", "RADIUS: missing; state it: How wide."),
    "in a function": ("def f():\n    RADIUS = 1", "RADIUS: missing"),
    "computed": ("RADIUS = 1 + 1.5", "RADIUS: line 1 computes it, and it is read from the text; write its value out"),
    "computed settings": ("RADIUS = 1\nSETTINGS = dict(a=1)", "SETTINGS: line 2 computes it"),
    "of another name": ("BASE = 1\nRADIUS = BASE", "RADIUS: line 2 computes it"),
    "comprehended": ("RADIUS = 1\nSETTINGS = {k: {} for k in 'ab'}", "SETTINGS: line 2 computes it"),
    "added to": ("RADIUS = 1\nSETTINGS = {}\nSETTINGS |= {'a': {}}", "SETTINGS: line 3 computes it"),
    "changed": ("RADIUS = 1\nSETTINGS = {}\nSETTINGS['a'] = {}", "SETTINGS: line 3 computes it"),
    "updated": ("RADIUS = 1\nSETTINGS = {}\nSETTINGS.update(a={})", "SETTINGS: line 3 computes it"),
    "in a branch": ("if True:\n    RADIUS = 1", "RADIUS: line 1 computes it"),
    "unpacked": ("RADIUS, NAME = 1, 'a'", ": line 1 computes it"),
    "imported": ("from reversal.other import RADIUS", "RADIUS: line 1 computes it"),
    "imported as it": ("import radius as RADIUS", "RADIUS: line 1 computes it"),
    "a function": ("def RADIUS():\n    return 1", "RADIUS: line 1 computes it"),
    "nothing to call": (
        "RADIUS = 1\ndef aera():\n    return 1",
        "area: missing; define it, as workflow/reversal/shapes/__init__.py says",
    ),
    "no Python": ("RADIUS = 1\nSETTINGS = {", "line 2 is no Python ("),
    "no text": (b"RADIUS = 1\xff", "is no Python ("),
    "a null byte": (b"RADIUS = 1\0", "is no Python ("),
}


@pytest.mark.parametrize(("source", "said"), WRONG.values(), ids=WRONG)
def test_a_literal_that_cannot_be_read_is_named_with_its_file(package, source, said):
    package(source)
    with pytest.raises(ReversalError) as refused:
        registry.literals("shapes", "round")
    message = str(refused.value)
    assert message.startswith("workflow/reversal/shapes/round.py: ")
    assert said in message
    assert "\n" not in message


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
