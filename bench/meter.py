"""Run a command, and say on standard output how many seconds it took and how many bytes its largest process.

A process of its own, and a small one: a child begins with the peak of whoever starts it.
"""

import os
import sys
import time

began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(child, 0)
unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in: bytes there, KiB elsewhere
print(time.perf_counter() - began, usage.ru_maxrss * unit)
sys.exit(os.waitstatus_to_exitcode(status))
