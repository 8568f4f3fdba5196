"""What jobs ask for, as Snakemake's resources say it."""

from math import inf
from types import SimpleNamespace

import pytest

from reversal.machines.needs import Need, needs

PLAIN = Need("train_block", "", 0, "", 0, 0, account=False, elsewhere=False, exempt=False)


def job(rule="train_block", is_local=False, **resources):
    return SimpleNamespace(rule=SimpleNamespace(name=rule), is_local=is_local, resources=resources)


def asked(*jobs, local_exec=False, **settings) -> list[Need]:
    dag = SimpleNamespace(needrun_jobs=lambda: iter(jobs))
    return needs(SimpleNamespace(dag=dag, local_exec=local_exec, executor_settings=SimpleNamespace(**settings)))


@pytest.mark.parametrize(
    ("resources", "changed"),
    [
        ({}, {}),
        ({"gpu": 2}, {"gpus": 2}),
        ({"gpu": 2, "gpu_model": "a100"}, {"gpus": 2, "gpu_type": "a100"}),
        ({"gpu_model": "a100"}, {"gpus": 1, "gpu_type": "a100"}),  # as the plugin has it
        ({"gres": "gpu:a100:2"}, {"gpus": 2, "gpu_type": "a100"}),
        ({"gres": "gpu:1"}, {"gpus": 1}),
        ({"gres": "lustre:1"}, {}),
        ({"gpu": "<TBD>", "mem_mb": "<TBD>", "runtime": "<TBD>"}, {}),  # until other jobs' files are there
        ({"runtime": 240, "mem_mb": 3000}, {"minutes": 240, "mem_mb": 3000}),
        ({"slurm_partition": "a,b", "slurm_account": 1234}, {"partition": "a,b", "account": True}),
        ({"qos": "long"}, {"exempt": True}),
        ({"slurm_partition": "a", "cluster": "other"}, {"partition": "a", "elsewhere": True}),
    ],
)
def test_resources(resources, changed):
    assert asked(job(**resources)) == [PLAIN._replace(**changed)]


def test_settings_of_the_plugin_count_too(monkeypatch):
    assert asked(job(), qos="long") == [PLAIN._replace(exempt=True)]
    assert asked(job(), partition_config="file") == [PLAIN._replace(elsewhere=True)]
    assert asked(job(slurm_partition="a"), partition_config="file") == [PLAIN._replace(partition="a")]
    monkeypatch.setenv("SNAKEMAKE_SLURM_PARTITIONS", "file")
    assert asked(job()) == [PLAIN._replace(elsewhere=True)]


def test_jobs_that_ask_the_same_count_once_and_those_of_the_head_not_at_all():
    jobs = [job(gpu=1), job(gpu=1), job("draw_ledger", is_local=True, runtime=inf), job("estimate")]
    assert [need.rule for need in asked(*jobs)] == ["estimate", "train_block"]
    assert [need.rule for need in asked(*jobs, local_exec=True)] == ["draw_ledger", "estimate", "train_block"]
