"""Run a command, and say on standard output what it took: seconds on the clock, bytes of its largest process, and the
seconds that processors spent on it and on all that it started and waited for.

A process of its own, and a small one: a child begins with the peak of whoever starts it.
"""

import os
import sys
import time

began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(child, 0)
unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in: bytes there, KiB elsewhere
print(time.perf_counter() - began, usage.ru_maxrss * unit, usage.ru_utime + usage.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status))
