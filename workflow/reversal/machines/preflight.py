"""What a run needs and would not find, in one line before its first job: commands, partitions, GPUs, time, memory.

Called by `onstart`, which Snakemake runs in the head alone (it starts jobs with --no-hooks), once executor and jobs
are known and before anything is submitted. Not in a dry run: a cluster's profile can be dry-run anywhere.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reversal.errors import ReversalError
from reversal.machines import devices, partitions
from reversal.machines.needs import Need, needs
from reversal.machines.partitions import Nodes

if TYPE_CHECKING:
    from snakemake.workflow import Workflow

SITE = os.environ.get("REVERSAL_SITE", "profiles/slurm/site.yaml")
COMMANDS = ("sbatch", "squeue", "scontrol", "sinfo", "scancel")


def check(workflow: "Workflow") -> None:
    """End the run with one line when one of its jobs could never run."""
    executor = workflow.executor_plugin.name
    try:
        if executor == "slurm":
            on_slurm(needs(workflow), workflow.executor_settings)
        elif executor == "local" and not workflow.deployment_settings.deployment_method:
            # With conda the jobs have another torch than this Python, and speak for themselves.
            here(needs(workflow))
    except ReversalError as error:
        sys.exit(f"reversal: {error}")


def here(asked: Sequence[Need]) -> None:
    """Raise if this machine has fewer GPUs than one job asks for, unless the CPU is allowed."""
    gpus = max((need.gpus for need in asked), default=0)
    if gpus and not devices.cpu_allowed() and (found := _visible()) < gpus:
        raise ReversalError(devices.missing(gpus, found))


def on_slurm(asked: Sequence[Need], settings: Any) -> None:
    """Raise if jobs would miss one of SLURM's commands, or their partition, its GPUs, time or memory.

    Args:
        asked: by the jobs that are to be submitted.
        settings: the plugin's.
    """
    if not asked:
        return
    _commands(asked, settings)
    if settings.status_command == "sacct" and "accounting_storage/none" in partitions.ask("scontrol", "show", "config"):
        raise ReversalError(f"sacct: this cluster keeps no accounting; say accounting: false in {SITE}")
    nodes = partitions.offered()
    for need in asked:
        if not need.elsewhere:
            _fits(need, nodes)


def _visible() -> int:
    """How many GPUs a job would see.

    Asked of torch, as the job will: nvidia-smi also answers where torch has no CUDA or an unfit driver. In a process
    of its own: a run without GPUs spends nothing, and the head keeps neither torch nor a GPU's context.
    """
    question = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"
    done = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ReversalError(f"torch cannot look for GPUs: {said[-1]}; install envs/constraints.txt anew")
    return int(done.stdout)


def _commands(asked: Sequence[Need], settings: Any) -> None:
    wanted = [*COMMANDS]
    if settings.status_command == "sacct" or not all(need.account for need in asked):
        wanted.append("sacct")  # where no account is given, the plugin asks sacct for one
    if any(need.account for need in asked):
        wanted.append("sacctmgr")
    if lacking := [command for command in wanted if shutil.which(command) is None]:
        raise ReversalError(
            f"SLURM: no {', '.join(lacking)} on PATH; start this on the cluster's login node, or with a profile for one machine"
        )


def _fits(need: Need, nodes: Sequence[Nodes]) -> None:
    """Raise if the partition does not exist, or could never give what is asked."""
    asked = need.partition.split(",") if need.partition else [node.partition for node in nodes if node.default]
    if not asked:
        return  # none named and none the default: for sbatch to say
    names = {node.partition for node in nodes}
    for name in asked:
        if name not in names:
            raise ReversalError(
                f"{need.rule}: partition {name} does not exist; choose from {', '.join(sorted(names))} in {SITE}"
            )
    where = f"{need.rule}: partition {need.partition or asked[0]}"
    nodes = _with_gpus(need, [node for node in nodes if node.partition in asked], where)
    minutes = max(node.minutes for node in nodes)
    if need.minutes > minutes and not need.exempt:
        raise ReversalError(
            f"{where} ends a job after {minutes:g} min and runtime is {need.minutes:g}; ask for fewer minutes or name another in {SITE}"
        )
    memory = max(node.mem_mb for node in nodes)
    if need.mem_mb > memory:
        raise ReversalError(
            f"{where} has {memory:g} MB a node and mem_mb is {need.mem_mb:g}; lower mem_mb or name another in {SITE}"
        )


def _with_gpus(need: Need, nodes: Sequence[Nodes], where: str) -> Sequence[Nodes]:
    """Those of the nodes that have the GPUs which are asked for."""
    if not need.gpus:
        return nodes
    fitting = [node for node in nodes if _gives(node, need)]
    if not fitting:
        offers = sorted({_gres(kind, count) for node in nodes for kind, count in node.gpus.items()})
        raise ReversalError(
            f"{where} has no node with {_gres(need.gpu_type, need.gpus)}, {_only(offers)}; "
            f"name another partition or type in {SITE}"
        )
    return fitting


def _gives(node: Nodes, need: Need) -> bool:
    """Whether a node has as many GPUs as are asked for, of the type if one is named."""
    of_type = node.gpus.get(need.gpu_type, 0) if need.gpu_type else sum(node.gpus.values())
    return of_type >= need.gpus


def _gres(kind: str, count: int) -> str:
    """As SLURM writes it."""
    return f"gpu:{kind}:{count}" if kind else f"gpu:{count}"


def _only(offers: Sequence[str]) -> str:
    return f"only {', '.join(offers)}" if offers else "nor with any GPU"
