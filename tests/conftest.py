"""What holds for all tests."""

from hypothesis import settings

# Property tests draw the same examples every time: a red build can be repeated, and none is red by chance.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
