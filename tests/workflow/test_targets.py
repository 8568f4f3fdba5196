"""What can be asked for by name, and what that makes; dry runs of real Snakemake."""

import sys

import pytest

from reversal.study import load
from tests.configs import read_config
from tests.workflow.conftest import SMOKE, Clone


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Clone:
    return Clone(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def study():
    return load(read_config(SMOKE))


def test_a_single_figure_trains_only_the_cells_that_it_shows(fresh, study):
    plan = fresh.planned("bilinear_weights")
    assert plan["train_block"] == len(study.experiments["bilinear"].cells)
    assert plan["generate_block"] == 1
    assert plan["estimate"] == 1


def test_an_experiment_makes_all_of_its_own_and_nothing_more(fresh, study):
    experiment = study.experiments["dose"]
    plan = fresh.planned("dose")
    assert plan["train_block"] == len(experiment.cells)
    assert plan["estimate"] == len(experiment.statistics)
    assert "judge_claims" not in plan


UNSELECTED = {
    "a cell": (
        "results/smoke/train/mdm/0-1/history.parquet",
        "cells.mdm is in no selected experiment; add one that has it",
    ),
    "a statistic": ("results/smoke/statistics/mitigation/accuracy.parquet", "experiments.mitigation is not selected"),
    "an experiment": ("mitigation", "experiments.mitigation is not selected; add it to selected"),
    "a figure": ("mitigation_families", "experiments.mitigation is not selected"),
}


@pytest.mark.parametrize(("target", "said"), UNSELECTED.values(), ids=UNSELECTED)
def test_what_is_not_selected_is_refused_in_one_line(fresh, target, said):
    (fresh.folder / "one.yaml").write_text("selected: [bilinear]", encoding="utf-8")
    ran = fresh.snakemake("--dry-run", target, overlays=(SMOKE, "one.yaml"))
    assert ran.returncode != 0
    assert f"\nreversal: {target}: {said}" in ran.stderr
    assert "Exception" not in ran.stderr


def test_an_overlay_judges_claims_of_its_own(fresh):
    """It names both files: what its claims say is part of what judging depends on."""
    (fresh.folder / "own.yaml").write_text("claims: [workflow/claims.yaml, more.yaml]", encoding="utf-8")
    ran = fresh.snakemake("--dry-run", "judge_claims", overlays=(SMOKE, "own.yaml"))
    assert "claims.1: 'more.yaml' is no file" in ran.stderr
    (fresh.folder / "more.yaml").write_text("claims: []", encoding="utf-8")
    plan = fresh.planned("judge_claims", overlays=(SMOKE, "own.yaml"))
    assert plan["judge_claims"] == 1


@pytest.mark.parametrize(
    ("stage", "last"),
    [("data", "generate_block"), ("train", "train_block"), ("evaluate", "evaluate_block"), ("statistics", "estimate")],
)
def test_a_stage_goes_so_far_and_no_further(fresh, stage, last):
    order = ["generate_block", "train_block", "evaluate_block", "estimate", "dose_response"]
    plan = fresh.planned(stage)
    assert last in plan
    assert not plan.keys() & set(order[order.index(last) + 1 :])


def test_blocks_are_jobs_of_their_own(fresh, study):
    (fresh.folder / "five.yaml").write_text("seeds: {count: 5, block: 2}", encoding="utf-8")
    plan = fresh.planned("train", overlays=(SMOKE, "five.yaml"))
    assert plan["train_block"] == 3 * len(study.cells)


def test_the_default_study_plans(fresh):
    study = load(read_config())
    plan = fresh.planned(overlays=())
    assert plan["train_block"] == plan["evaluate_block"] == len(study.cells)


def test_the_workflow_runs_in_another_folder(fresh, tmp_path):
    ran = fresh.snakemake("data", "--directory", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "results/smoke/data/facts/0-1/pairs.parquet").exists()


def test_another_workflow_can_import_this_one(fresh, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f'configfile: "{fresh.folder}/config.yaml"\nmodule reversal:\n    snakefile: "{fresh.folder}/Snakefile"\n'
        "    config: config\nuse rule * from reversal as reversal_*\n",
        encoding="utf-8",
    )
    ran = fresh.run(
        *[sys.executable, "-m", "snakemake", "--cores", "2", "results/smoke/data/words/0-1/pairs.parquet"],
        *["--directory", str(tmp_path), "--snakefile", str(tmp_path / "Snakefile")],
        *["--configfile", str(fresh.folder / SMOKE)],
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "results/smoke/data/words/0-1/pairs.parquet").exists()
