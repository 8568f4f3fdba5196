"""Language models by real Snakemake, small: from facts to claims; then the same checkpoint as one that somebody else has published."""

import pandas as pd
import pytest

from reversal import tables
from tests.workflow.conftest import Clone

SMALL = """
study: words
seeds: {first: 0}
inference: {confidence: 0.8}
language:
  corpora:
    symmetric: {facts: [states]}
  settings:
    small:
      seeds: 2
      model: {width: 64, feedforward: 128}
      optimisation: {learning_rate: 4.0e-3, steps: 600, batch: 47}
experiments:
  symmetric: {cells: [symmetric_arm, symmetric_mdm]}
selected: [symmetric]
on_request: []
"""
PUBLISHED = """
language:
  published:
    ours:
      corpus: symmetric
      family: MDM
      kind: masked
      checkpoint: results/words/language/symmetric_mdm/0-1/checkpoints/trained/0
      dtype: float32
      gpus: 0
      memory: 3000
experiments:
  peers: {cells: [ours], statistics: [recall]}
selected: [symmetric, peers]
"""
OVERLAY = {"overlays": ("small.yaml",)}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory) -> Clone:
    clone = Clone(tmp_path_factory.mktemp("language"))
    (clone.folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    (clone.folder / "published.yaml").write_text(PUBLISHED, encoding="utf-8")
    ran = clone.snakemake("language", **OVERLAY)
    assert ran.returncode == 0, ran.stderr[-4000:]
    return clone


def read(clone: Clone, path: str, table: str) -> pd.DataFrame:
    return tables.read(clone.folder / "results/words" / path, table).to_pandas()


def test_every_figure_and_the_claims_are_there(spoken):
    for figure in ("symmetric_recall", "symmetric_heads"):
        for form in ("pdf", "png", "svg"):
            assert (spoken.folder / f"results/words/figures/{figure}.{form}").stat().st_size > 1000
    read(spoken, "language/claims.parquet", "claims")


def test_trained_questions_are_learnt_and_told_apart_from_those_that_are_not(spoken):
    recall = read(spoken, "statistics/symmetric/recall.parquet", "recall")
    runs = recall[(recall["level"] == "run") & (recall["measure"] == "exact") & (recall["relation"] == "all")]
    last = runs[runs["last"] & (runs["told"] == "all")].set_index(["cell", "query", "seed"])["value"]
    assert (last.xs("target", level="query") > 0.9).all()
    assert (last["symmetric_mdm"]["source"] > 0.9).all()
    assert (last["symmetric_arm"]["reverse"] < 0.1).all()


def test_a_second_run_has_nothing_to_do(spoken):
    assert spoken.jobs("language", **OVERLAY) == set()


def test_a_colour_or_a_caption_trains_no_language_model_and_an_objective_does(spoken):
    objective = "workflow/reversal/language/train/objectives/arm.py"
    with spoken.edited(objective, lambda text: text.replace('FAMILY = "ARM"', 'FAMILY = "ARM"  # as ever')):
        assert spoken.jobs("language", **OVERLAY) == set()
    with spoken.edited(objective, lambda text: text.replace("text.units != NEVER", "NEVER != text.units")):
        trained = {job for job in spoken.jobs("language", **OVERLAY) if job.startswith("train ")}
    assert trained == {"train symmetric_arm, seeds 0-1"}


def test_a_checkpoint_folder_is_probed_like_a_published_one(spoken):
    ran = spoken.snakemake("peers", overlays=("small.yaml", "published.yaml"))
    assert ran.returncode == 0, ran.stderr[-4000:]
    ours = read(spoken, "language/ours/0-0/answers.parquet", "answers")
    trained = read(spoken, "language/symmetric_mdm/0-1/answers.parquet", "answers")
    trained = trained[(trained["step"] > 0) & (trained["seed"] == 0)].reset_index(drop=True)
    pd.testing.assert_series_equal(ours["nll"], trained["nll"], rtol=1e-4)
    assert (ours["exact"] == trained["exact"]).all()
