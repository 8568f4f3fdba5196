"""How often Snakemake looks for jobs to start.

Snakemake 9.27 starts at most 100 jobs a second if nobody says otherwise, and for that looks at all ready jobs again a second
after each look. Every job that ends adds a look of its own, and with it another look in each second from then on
(`JobScheduler.schedule`): after 90 jobs of the default study, three quarters of a core went into looking.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.workflow import Workflow

UNSAID = (100, 1)
"""Jobs and seconds of Snakemake's own limit, taken for none."""


def unlimited(workflow: "Workflow") -> None:
    """Take Snakemake's limit away unless the user has set one (`--max-jobs-per-timespan`); called by `onstart`."""
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == UNSAID:
        workflow.scheduler.job_rate_limiter = None
