"""Mistakes as users make them, through Snakemake itself: one line, no traceback, nothing run."""

import pytest

from tests.workflow.conftest import Clone

MISTAKES = {
    "wrong key": ("selected:", "slected:", "slected"),
    "wrong type": ("  count: 10  ", "  count: ten ", "seeds.count"),
    "out of range": ("gate: 0.99", "gate: 1.5", "gate"),
    "unknown cell": ("cells: [arrows_arm, arrows_mdm]", "cells: [arrows_arm, arrow_mdm]", "arrow_mdm"),
    "unknown experiment": ("selected: [bilinear", "selected: [bilinar", "bilinar"),
    "unknown position": ("position: {kind: sinusoidal}", "position: {kind: sinus}", "sinus"),
    "next token, both ways": (
        "model: {attention: causal}, objective: {kind: next_token, loss: whole}",
        "objective: {kind: next_token, loss: whole}",
        "attention",
    ),
    "heads do not divide": (
        "      heads: 4\n      width: 64           #",
        "      heads: 5\n      width: 64           #",
        "heads",
    ),
    "odd head width": ("      width: 64           #", "      width: 20           #", "odd width"),
    "two checkpoints at one step": (
        "  count: 11               # log",
        "  count: 100              # log",
        "checkpoints",
    ),
    "figure without its statistic": ("statistics: [accuracy, dynamics]", "statistics: [accuracy]", "dynamics"),
    "no YAML": ("study: default", "study: [default", "not valid JSON or YAML"),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Clone:
    return Clone(tmp_path_factory.mktemp("mistakes"))


@pytest.mark.parametrize(("old", "new", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_config_is_said_in_one_line(fresh, old, new, named):
    path = fresh.folder / "config.yaml"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        ran = fresh.snakemake("--dry-run", overlays=())
    finally:
        path.write_text(before, encoding="utf-8")
    said = [line for line in ran.stderr.splitlines() if line and not line.startswith("Using workflow specific profile")]
    assert ran.returncode != 0
    assert "Traceback" not in ran.stdout + ran.stderr
    assert named in ran.stdout + ran.stderr
    if "YAML" not in named:  # that message is Snakemake's own
        assert len(said) == 1, ran.stderr
    assert not (fresh.folder / "results").exists()


def test_a_ledger_that_does_not_fit_is_refused_before_the_first_job(tmp_path):
    clone = Clone(tmp_path)
    ledger = clone.folder / "workflow" / "claims.yaml"
    before = ledger.read_text(encoding="utf-8")
    ledger.write_text(before.replace("    test: ", "    tset: ", 1), encoding="utf-8")
    refused = clone.snakemake("data")
    assert refused.returncode != 0
    assert "reversal: claims.yaml.claims.0.tset: no such key (did you mean test?)" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert not clone.results.exists()
    ledger.write_text(before, encoding="utf-8")
    assert clone.snakemake("data").returncode == 0


def test_a_truncated_table_is_named_and_nothing_half_written_is_left(tmp_path):
    clone = Clone(tmp_path)
    assert clone.snakemake("data").returncode == 0
    pairs = clone.results / "data/words/0-1/pairs.parquet"
    pairs.write_bytes(pairs.read_bytes()[:50])
    ran = clone.snakemake("results/smoke/train/bilinear_32/0-1/history.parquet")
    assert ran.returncode != 0
    assert "words/0-1/pairs.parquet: table 'pairs' cannot be read" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not [path for path in (clone.results / "train").rglob("*") if path.is_file()]


def test_a_gpu_that_is_not_there_is_an_error_unless_the_cpu_is_allowed(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    clone = Clone(tmp_path)
    target = "results/smoke/train/bilinear_32/0-1/history.parquet"
    ran = clone.snakemake(target, "--set-resources", "train_block:gpu=1", "--resources", "gpu=1")
    assert ran.returncode != 0
    assert "no GPU is to be seen here" in ran.stderr
    monkeypatch.setenv("REVERSAL_ON_MISSING_GPU", "cpu")
    assert clone.snakemake(target, "--set-resources", "train_block:gpu=1", "--resources", "gpu=1").returncode == 0
