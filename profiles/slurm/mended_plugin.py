"""Makes cancelled jobs and job arrays come out right in snakemake-executor-plugin-slurm 2.8.0; profile.yaml loads this file.

As the plugin comes, tried on real daemons (profiles/README.md tells more):

- sacct says `CANCELLED by 0` where the plugin looks for `CANCELLED`: whoever cancels a job waits for ever. Here the first
  word counts.
- sacct is asked for raw ids, which array tasks do not share with what the plugin looks for (`7_2`), so that it takes the
  state of the one task whose raw id is the array's (`7`) for the state of all: tasks that succeeded are reported failed,
  tasks that run are reported done. `JobID` in the place of `JobIDRaw` gives the ids that are looked for.
- Fewer ready jobs than the rule still has are held back "until more arrive", and then forgotten: Snakemake hands over each
  job once. With more ready jobs than `jobs:` allows, nothing is ever submitted. Here nothing is held back.
- All tasks get the resources of the first, so that a retry beside another asks for too little memory. Here jobs share an
  array only if they ask for the same.
- The numbers of an array's tasks go on from one chunk to the next, past what SLURM allows. Here each begins at 1.
- A task's log is looked for in a folder where it is not, and so never shown or removed.
"""

import sys
from importlib.metadata import version

import snakemake_executor_plugin_slurm as plugin

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
    ask = plugin.query_job_status
    ask_sacct = plugin.query_job_status_sacct
    submit_array = plugin.Executor._submit_array_jobs
    report = plugin.Executor._report_job_submission_threadsafe

    async def ask_for_one_word(command: str, logger) -> tuple[dict[str, str] | None, float | None]:
        states, seconds = await ask(command, logger)
        return states and {job: state.split()[0] for job, state in states.items() if state}, seconds

    def ask_sacct_for_array_ids(run: str) -> str:
        return ask_sacct(run).replace("JobIdRaw", "JobID")

    def submit_alike(self, jobs) -> None:
        for chunk in chunks(alike(jobs), self.max_array_size):
            if len(chunk) == 1:
                self._submit_job(chunk[0])
            else:
                submit_array(self, chunk)

    def report_with_log(self, job_info) -> None:
        log = job_info.aux.get("slurm_logfile") if job_info.aux else None
        if log and "_" in (job_info.external_jobid or ""):
            job_info.aux["slurm_logfile"] = self.slurm_logdir / f"rule_{job_info.job.rule.name}" / log.name
        report(self, job_info)

    plugin.query_job_status = ask_for_one_word
    plugin.query_job_status_sacct = ask_sacct_for_array_ids
    plugin.pending_jobs_for_rule = lambda dag, rule: 0
    plugin.Executor._submit_array_jobs = submit_alike
    plugin.Executor._report_job_submission_threadsafe = report_with_log
    plugin.is_mended = True


def alike(jobs) -> list[list]:
    """Jobs in groups that ask SLURM for the same, in the order in which they came."""
    groups = {}
    for job in jobs:
        asked = {name: str(value) for name, value in job.resources.items() if name not in UNHEARD}
        groups.setdefault((job.threads, *sorted(asked.items())), []).append(job)
    return list(groups.values())


def chunks(groups: list[list], size: int) -> list[list]:
    """The groups, cut to so many jobs at most."""
    return [group[start : start + size] for group in groups for start in range(0, len(group), size)]
