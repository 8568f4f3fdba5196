"""What holds for all tests."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

# One thread a process: pytest's workers fill the cores, and threads that wait for each other there are slow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Property tests draw the same examples every time: a red build can be repeated, and none is red by chance.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture
def counted(request) -> Callable[[str], None]:
    """Tells a count at the end of the session."""
    return lambda line: request.node.user_properties.append(("count", f"{request.node.name}: {line}"))


def pytest_terminal_summary(terminalreporter):
    lines = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in getattr(report, "user_properties", ())
        if name == "count" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("counts")
        for line in sorted(lines):
            terminalreporter.line(line)
