"""A cluster with other names, and without accounting: what its site file says is all that is different."""

import pandas as pd
import pytest

from reversal import paths
from tests.cluster import slurm
from tests.cluster.conftest import SlurmClone, brought_up

pytestmark = pytest.mark.cluster

CELLS = ["mdm", "target_only", "arm"]


@pytest.fixture(scope="module")
def other_cluster():
    names = {"cpu_partition": "batch-x86", "gpu_partition": "a100.q", "gpu_type": "a100_80g"}
    yield from brought_up(slurm.Settings(folder=f"{slurm.FOLDER}-other", accounting=False, **names))


def test_followed_by_squeue_with_more_to_train_than_may_be_sent_at_once(tmp_path, other_cluster, at_home):
    """Two jobs at a time for three cells, which share a text: the third waits for its turn and is not forgotten."""
    clone = SlurmClone(tmp_path, *other_cluster)
    wanted = [paths.HISTORY.format(cell=cell, block="0-1") for cell in CELLS]
    status = clone.on_cluster("--jobs", "2", *(f"results/smoke/{path}" for path in wanted))
    assert status == 0, clone.said[-4000:]
    for path in wanted:
        tables = [pd.read_parquet(each.results / path) for each in (clone, at_home)]
        pd.testing.assert_frame_equal(*tables)
    jobs = clone.shown("train_block")
    assert len(jobs) == 3
    for job in jobs:
        assert (job["Partition"], job["TresPerJob"], job["JobState"]) == ("a100.q", "gres:gpu:a100_80g:1", "COMPLETED")
    assert [job["Partition"] for job in clone.shown("texts")] == ["batch-x86"]
