"""What evaluation costs is taken from the stage's own calls."""

from dataclasses import replace

from bench.measurements import evaluation
from bench.reference import cell


def test_every_part_is_timed_where_the_stage_calls_it(monkeypatch):
    short = replace(cell(), optimisation={**cell().optimisation, "steps": 4}, checkpoints=(0, 4))
    monkeypatch.setattr(evaluation, "cell", lambda: short)
    monkeypatch.setattr("bench.block.SEEDS", range(2))
    monkeypatch.setattr(evaluation, "SEEDS", range(2))
    training, whole, seconds, pairs = evaluation.evaluated()
    assert training > 0
    assert seconds.keys() == pairs.keys() == {"queries", "scores", "gradients"}
    assert sum(seconds.values()) < whole
    assert pairs["gradients"] == 2 * 2 * short.data["pairs"]  # checkpoints × seeds
    assert all(count % (2 * short.data["pairs"]) == 0 for count in pairs.values())
