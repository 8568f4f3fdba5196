"""What holds for all tests."""

import os

import pytest
from hypothesis import settings

# One thread a process: pytest's workers fill the cores, and threads that wait for each other there are slow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Property tests draw the same examples every time: a red build can be repeated, and none is red by chance.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send a file's tests to one worker, those that share the finished study as well; the long ones first."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)
    for item in items:
        shared = "finished" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("finished" if shared else str(item.path)))
