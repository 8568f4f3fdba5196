"""Makes cancelled jobs and job arrays come out right in snakemake-executor-plugin-slurm 2.8.0; profile.yaml loads this file.

As the plugin comes, tried on real daemons (profiles/README.md tells more):

- sacct says `CANCELLED by 0` where the plugin looks for `CANCELLED`: after scancel it waits for ever.
- sacct is asked for raw ids, which array tasks do not share with what the plugin looks for (`7_2`), so that it takes the
  state of the one task whose raw id is the array's (`7`) for the state of all: tasks that succeeded are reported failed,
  tasks that run are reported done.
- Fewer ready jobs than the rule still has are held back "until more arrive", and then forgotten: Snakemake hands over each
  job once. With more ready jobs than `jobs:` allows, nothing is ever submitted.
- Every task but the first runs its own job inside a Snakemake that waits for the outputs of the *first*, and fails without.
- All tasks get the resources of the first, so that a retry beside another asks for too little memory.
- A task's log is looked for in a folder where it is not, and so never shown or removed.

Here the state is the first word, asked for by array ids; nothing is held back; jobs that ask for the same share an array,
and a task runs just what the job would have run by itself.
"""

import subprocess
import sys
from importlib.metadata import version

import snakemake_executor_plugin_slurm as plugin
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

TRIED = "2.8.0"

# Resources that differ between jobs and that sbatch never hears of.
UNHEARD = ("tmpdir", "disk", "disk_mb", "disk_mib")


def mend() -> None:
    """Replace what is wrong in the loaded plugin; once, however often a profile is read."""
    if getattr(plugin, "is_mended", False):
        return
    if version("snakemake-executor-plugin-slurm") != TRIED:
        sys.exit(
            f"reversal: profiles/slurm/mended_plugin.py mends snakemake-executor-plugin-slurm {TRIED} and no other; "
            "install that one, which envs/constraints.txt pins"
        )
    ask, ask_sacct = plugin.query_job_status, plugin.query_job_status_sacct

    async def ask_for_first_words(command: str, logger) -> tuple[dict[str, str] | None, float | None]:
        states, seconds = await ask(command, logger)
        return states and {job: state.split()[0] for job, state in states.items() if state}, seconds

    plugin.query_job_status = ask_for_first_words
    plugin.query_job_status_sacct = lambda run: ask_sacct(run).replace("JobIdRaw", "JobID")
    plugin.pending_jobs_for_rule = lambda dag, rule: 0
    plugin.Executor._submit_array_jobs = submit_arrays
    plugin.is_mended = True


def submit_arrays(executor: plugin.Executor, jobs: list) -> None:
    """Send jobs of one rule that are ready together, those that ask for the same in one array."""
    for chunk in chunks(alike(jobs), executor.max_array_size):
        if len(chunk) == 1:
            executor._submit_job(chunk[0])
            continue
        for job in chunk:
            executor.run_job_pre(job)
        executor._job_submission_executor.submit(submit_array, executor, chunk)


def alike(jobs: list) -> list[list]:
    """Jobs in groups that ask SLURM for the same, in the order in which they came."""
    groups = {}
    for job in jobs:
        asked = {name: str(value) for name, value in job.resources.items() if name not in UNHEARD}
        groups.setdefault((job.threads, *sorted(asked.items())), []).append(job)
    return list(groups.values())


def chunks(groups: list[list], size: int) -> list[list]:
    """The groups, cut to so many jobs at most."""
    return [group[start : start + size] for group in groups for start in range(0, len(group), size)]


def submit_array(executor: plugin.Executor, jobs: list) -> None:
    """Send jobs in one sbatch; runs in the plugin's own thread, so that whatever goes wrong is reported, not raised."""
    try:
        number = sbatch(executor, jobs)
    except Exception as error:
        for job in jobs:
            executor._report_job_error_threadsafe(SubmittedJobInfo(job), f"The array could not be submitted: {error}")
        return
    logs = executor.slurm_logdir / f"rule_{jobs[0].rule.name}"
    executor.logger.info(f"Array of {len(jobs)} jobs has been submitted with SLURM jobid {number} (logs: {logs}).")
    for task, job in enumerate(jobs, start=1):
        name = f"{number}_{task}"
        sent = SubmittedJobInfo(job, external_jobid=name, aux={"slurm_logfile": logs / f"{name}.log"})
        executor._report_job_submission_threadsafe(sent)


def sbatch(executor: plugin.Executor, jobs: list) -> str:
    """Call sbatch with the options of the first job and a script that has the command of each; the array's number.

    Raises:
        RuntimeError: sbatch refused; the message is its own.
    """
    first = jobs[0]
    plugin.validate_slurm_extra(first)
    logs = executor.slurm_logdir / f"rule_{first.rule.name}"
    logs.mkdir(parents=True, exist_ok=True)
    options = {
        "run_uuid": executor.run_uuid,
        "slurm_logfile": logs / "%A_%a.log",
        "comment_str": f"rule_{first.rule.name}",
        "account": next(executor.get_account_arg(first)),
        "partition": executor.get_partition_arg(first),
        "workdir": executor.workflow.workdir_init,
    }
    settings = executor.workflow.executor_settings
    call = get_submit_command(first, options, settings=settings, failed_nodes=executor._failed_nodes)
    call += f"{set_gres_string(first)} --array=1-{len(jobs)} /dev/stdin"
    commands = (f"{task})\n{executor.format_job_exec(job)}\n;;\n" for task, job in enumerate(jobs, start=1))
    script = f'#!/bin/sh\ncase "$SLURM_ARRAY_TASK_ID" in\n{"".join(commands)}esac\n'
    called = subprocess.run(call, shell=True, input=script, capture_output=True, text=True, check=False)
    if called.returncode:
        raise RuntimeError(called.stderr.strip())
    return plugin.validate_or_get_slurm_job_id(called.stdout.strip().split(";")[0], called.stdout)
