"""A study from nothing to figures through profiles/slurm, with slurmctld restarted while it trains: the tables of a local run."""

from pathlib import Path

import pandas as pd
import pytest

from tests.cluster import slurm
from tests.cluster.conftest import FEW, SlurmClone, wait_for

pytestmark = pytest.mark.cluster

# Where they differ between two runs of the same: wall time.
NEVER_THE_SAME = ["seconds"]


@pytest.fixture(scope="module")
def sent(tmp_path_factory, cluster) -> SlurmClone:
    """Most of the smoke study from nothing to figures, on the cluster, through a clean restart of its controller."""
    clone = SlurmClone(tmp_path_factory.mktemp("sent"), *cluster)
    snakemake = clone.start(overlays=FEW)
    try:
        # Not sooner: an srun that finds no controller asks again after two minutes.
        wait_for(lambda: list(clone.results.glob("logs/train/*/*.log")), "a training that computes")
        slurm.restart_controller(clone.settings)
        status = snakemake.wait(timeout=900)
    finally:
        snakemake.kill()
    assert status == 0, clone.said[-4000:]
    return clone


def test_every_table_is_that_of_a_local_run(sent, at_home):
    paths = sorted(path.relative_to(at_home.results) for path in at_home.results.rglob("*.parquet"))
    assert paths == sorted(path.relative_to(sent.results) for path in sent.results.rglob("*.parquet"))
    for path in paths:
        pd.testing.assert_frame_equal(table(sent.results / path), table(at_home.results / path), rtol=1e-5, atol=1e-7)


def table(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    return frame.drop(columns=[name for name in NEVER_THE_SAME if name in frame])


def test_figures_are_drawn_where_snakemake_runs(sent, at_home):
    drawn = {path.name for path in (at_home.results / "figures").iterdir()}
    assert {path.name for path in (sent.results / "figures").iterdir()} == drawn
    assert not [comment for (comment,) in sent.jobs("Comment") if "dose_response" in comment or "ledger" in comment]


def test_every_training_asked_for_a_gpu_and_ran_on_the_gpu_partition(sent, at_home):
    jobs = sent.shown("train_block")
    assert len(jobs) == len(list((at_home.results / "train").glob("*/*/history.parquet")))
    for job in jobs:
        assert job["Partition"] == "accelerated"
        assert job["TresPerJob"] == "gres:gpu:fake:1"
        assert job["NodeList"] in slurm.GPU_NODES
        assert job["JobState"] == "COMPLETED"


def test_evaluation_ran_on_the_cpu_partition(sent):
    rows = sent.jobs("Comment", "Partition", "AllocTRES")
    evaluations = [row for row in rows if row[0].startswith("rule_evaluate_block")]
    assert evaluations
    for _, partition, resources in evaluations:
        assert partition == "short"
        assert "gpu" not in resources


def test_all_trainings_went_to_slurm_in_one_array(sent):
    jobs = sent.shown("train_block")
    assert len({job["ArrayJobId"] for job in jobs}) == 1
    assert len({job["ArrayTaskId"] for job in jobs}) == len(jobs)


def test_texts_share_a_job_and_so_do_estimates(sent):
    comments = [comment for (comment,) in sent.jobs("Comment")]
    assert sum(comment.startswith("rule_texts") for comment in comments) == 1
    assert sum(comment.startswith("rule_estimates") for comment in comments) == 1


def test_logs_are_where_the_profile_says_and_only_of_what_failed(sent):
    assert len(list((sent.folder / "logs/slurm").glob("efficiency_report_*.csv"))) == 1
    assert not list((sent.folder / "logs/slurm").rglob("*.log"))


def test_nothing_is_to_be_done_twice(sent):
    assert sent.on_cluster("--dry-run", overlays=FEW) == 0
    assert "Nothing to be done" in sent.said
