"""What a study is estimated to take, against what it really leaves."""

import dataclasses

import pytest

from reversal import estimate, estimate_language
from reversal.evaluate import TABLES
from reversal.evaluate.stage import evaluate_block
from reversal.language.train.trainer import HISTORY
from reversal.study import load
from tests.blocks import Block
from tests.configs import read_config
from tests.runs import CPU

SMOKE = load({**read_config("workflow/scales/smoke.yaml"), "seeds": {"first": 0, "count": 2, "block": 2}})


def test_tables_are_as_large_as_those_of_all_checkpoints(tmp_path):
    """Logits and further distances are at both ends only; scaled to every checkpoint they would make it two thirds more."""
    study, of = dataclasses.replace(SMOKE, keep="none"), SMOKE.cells["mdm"]
    block = Block(tmp_path, of, SMOKE.blocks[0].seeds)
    block.train()
    outputs = {table: tmp_path / f"{table}.parquet" for table in TABLES}
    evaluate_block(of.settings, of.trained, study.evaluation, block.pairs, block.kept, outputs, CPU)
    written = sum(path.stat().st_size for path in outputs.values())
    assert estimate.measure(of, study).disk == pytest.approx(written, rel=0.15)


def test_only_what_lies_between_the_ends_is_scaled_up(monkeypatch):
    """Both ends take 8 s and 900 bytes, a checkpoint between them 2 s and 100 bytes."""
    monkeypatch.setattr(estimate, "_evaluated", lambda *given: (2.0 * len(given[-1]) + 4, 100.0 * len(given[-1]) + 700))
    study = dataclasses.replace(SMOKE, keep="none", checkpoints=10)
    cost = estimate.measure(SMOKE.cells["mdm"], study)
    assert (cost.evaluate, cost.disk) == (8 + 8 * 2, 900 + 8 * 100)


def test_a_language_model_is_timed_by_its_steps_and_leaves_what_is_told(monkeypatch):
    """Whatever is timed takes two seconds: six seeds of all steps and rows of the history, and two probes of each."""
    study = load({**read_config(), "seeds": {"first": 0, "count": 1, "block": 1}, "selected": ["symmetric"]})
    cell = study.learners["symmetric_mdm"]

    def two_seconds(work):
        work()
        return 2.0

    monkeypatch.setattr(estimate_language, "_seconds", two_seconds)
    steps = cell.optimisation["steps"]
    cost = estimate.measure_learner(cell)
    assert cost.train == 6 * 2 * (steps + HISTORY + 1)
    assert cost.evaluate == 6 * 2 * 2
    weights = 4 * 445_581  # float32: what `size` says of the model, of which tied ones are kept once
    assert cost.disk > 6 * 2 * weights
    assert cost.disk < 6 * 2 * weights * 1.3
