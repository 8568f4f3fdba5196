"""The smallest type of GPU that has the memory."""

import pytest

from reversal.errors import ReversalError
from reversal.machines.gpu_types import OFFERED, fitting

SITE = {OFFERED: "h200=141000,v100=16000,a100=80000"}


@pytest.mark.parametrize(("needed", "kind"), [(0, "v100"), (16000, "v100"), (16001, "a100"), (140000, "h200")])
def test_a_job_gets_no_larger_one_than_it_needs(needed, kind):
    assert fitting(needed, SITE) == kind


def test_where_no_types_are_named_any_will_do():
    assert fitting(10**6, {}) is None
    assert fitting(10**6, {OFFERED: ""}) is None


def test_more_than_any_has_is_one_line_with_the_way_out():
    with pytest.raises(ReversalError, match=r"gpu_memory: 141001 MB, and the largest GPU here, h200, has 141000; ask"):
        fitting(141001, SITE)
