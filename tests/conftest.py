"""What holds for all tests."""

import os

from hypothesis import settings

# One thread a process: pytest's workers fill the cores, and threads that wait for each other there are slow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Property tests draw the same examples every time: a red build can be repeated, and none is red by chance.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
