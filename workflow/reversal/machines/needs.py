"""What the jobs of a run ask of the machines, read off Snakemake's resources."""

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from reversal.machines.partitions import gpus

if TYPE_CHECKING:
    from snakemake.workflow import Workflow


class Need(NamedTuple):
    """What jobs of a rule ask for; those that ask for the same count once."""

    rule: str
    partition: str
    """With commas between several, a choice; empty for the cluster's default."""
    gpus: int
    gpu_type: str
    """Empty for any."""
    minutes: float
    mem_mb: float
    account: bool
    """Whether the profile names one."""
    elsewhere: bool
    """On another cluster, or in a partition that the plugin chooses from a file of its own."""
    exempt: bool
    """From the partition's time limit, which a quality of service may lift."""


def needs(workflow: "Workflow") -> list[Need]:
    """Of all jobs that are to run; on a cluster, of those that are to be submitted."""
    settings = workflow.executor_settings
    jobs = (job for job in workflow.dag.needrun_jobs() if workflow.local_exec or not job.is_local)
    return sorted({_need(job.rule.name, job.resources, settings) for job in jobs})


def _need(rule: str, resources: Any, settings: Any) -> Need:
    count, kind = _gpus(resources)
    partition = str(resources.get("slurm_partition") or "")
    chosen = getattr(settings, "partition_config", None) or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS")
    return Need(
        rule=rule,
        partition=partition,
        gpus=count,
        gpu_type=kind,
        minutes=_number(resources.get("runtime")),
        mem_mb=_number(resources.get("mem_mb")),
        account=bool(resources.get("slurm_account")),
        elsewhere=any(resources.get(name) for name in ("slurm_cluster", "cluster", "clusters"))
        or bool(chosen and not partition),
        exempt=bool(resources.get("qos") or getattr(settings, "qos", None)),
    )


def _gpus(resources: Any) -> tuple[int, str]:
    """How many and of which type: said by `gpu` and `gpu_model`, or by `gres`."""
    kind = str(resources.get("gpu_model") or "")
    if count := int(_number(resources.get("gpu"))) or int(bool(kind)):
        return count, kind
    for kind, count in gpus(str(resources.get("gres") or "")).items():
        return count, kind
    return 0, ""


def _number(value: Any) -> float:
    """Nothing, as long as a value waits for other jobs' files."""
    return value if isinstance(value, int | float) else 0
