"""Checkpoints that do not stay: what is gone after a run, and what a change then costs."""

import pytest

from tests.workflow.conftest import SMOKE, Clone

BRIEF = """
study: brief
seeds: {count: 2}
checkpoints: {count: 2, keep: KEEP}
cells: {small: {like: reference, optimisation: {steps: 4}}}
experiments: {brief: {cells: [small], statistics: [accuracy], figures: []}}
selected: [brief]
"""
ASKED = {"overlays": (SMOKE, "brief.yaml")}
TRAINED, EVALUATED = "train small, seeds 0-1", "evaluate small, seeds 0-1"
POOLED = {"accuracy of brief"}


def brief(folder, keep: str) -> Clone:
    clone = Clone(folder)
    (clone.folder / "brief.yaml").write_text(BRIEF.replace("KEEP", keep), encoding="utf-8")
    return clone


def run(clone: Clone, *targets: str) -> None:
    ran = clone.snakemake(*targets, **ASKED)
    assert ran.returncode == 0, ran.stderr[-4000:]


def kept(clone: Clone) -> set[str]:
    return {path.stem for path in clone.folder.glob("results/brief/train/**/*.safetensors")}


@pytest.fixture(scope="module")
def none(tmp_path_factory) -> Clone:
    """A study that keeps no checkpoint, trained first and evaluated in a run of its own."""
    clone = brief(tmp_path_factory.mktemp("none"), "none")
    run(clone, "train")
    assert kept(clone) == {"0", "1", "2"}  # nothing of it has been evaluated yet
    assert clone.jobs("brief", **ASKED) == {EVALUATED, *POOLED}
    run(clone, "brief")
    return clone


def test_only_the_last_stays(tmp_path):
    clone = brief(tmp_path, "last")
    run(clone, "brief")
    assert kept(clone) == {"2"}
    assert clone.jobs("brief", **ASKED) == set()


def test_none_stays_and_nothing_is_to_be_done(none):
    assert kept(none) == set()
    assert none.jobs("brief", **ASKED) == set()
    said = none.run("python", "-m", "reversal", "status", "--configfile", SMOKE, "brief.yaml")
    rows = {line.split()[0]: line.split()[1] for line in said.stdout.splitlines() if len(line.split()) == 6}
    assert (rows["train"], rows["evaluate"]) == ("1", "1")


def test_new_statistics_train_nothing(none):
    with none.edited("workflow/reversal/statistics/estimates/accuracy.py", lambda text: f"{text}\nADDED = 1\n"):
        assert none.jobs("brief", **ASKED) == POOLED


def test_a_new_evaluation_trains_again_what_is_gone(none):
    with none.edited("workflow/reversal/evaluate/weights.py", lambda text: f"{text}\nADDED = 1\n"):
        assert none.jobs("brief", **ASKED) == {TRAINED, EVALUATED, *POOLED}


def test_keeping_them_from_now_on_runs_nothing(none):
    with none.edited("brief.yaml", lambda text: text.replace("keep: none", "keep: all")):
        assert none.jobs("brief", **ASKED) == set()
