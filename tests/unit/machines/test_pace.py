"""Snakemake's own limit of jobs a second is taken away, a user's is not: on its own objects."""

from types import SimpleNamespace

import pytest
from snakemake.scheduling.job_scheduler import JobRateLimiter
from snakemake.settings.types import MaxJobsPerTimespan

from reversal.machines import pace


@pytest.mark.parametrize(("said", "kept"), [("100/1s", False), ("99/1s", True), ("100/1m", True)])
def test_only_the_limit_that_nobody_has_set_is_taken_away(said, kept):
    limiter = JobRateLimiter(MaxJobsPerTimespan.parse_choice(said))
    workflow = SimpleNamespace(scheduler=SimpleNamespace(job_rate_limiter=limiter))
    pace.unlimited(workflow)
    assert workflow.scheduler.job_rate_limiter is (limiter if kept else None)


def test_no_limit_stays_none():
    workflow = SimpleNamespace(scheduler=SimpleNamespace(job_rate_limiter=None))
    pace.unlimited(workflow)
    assert workflow.scheduler.job_rate_limiter is None
