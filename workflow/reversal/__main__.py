"""`python -m reversal`."""

import gc
import sys

from reversal.cli import main

# A command's imports make a million objects and no garbage: to look for it took a fifth of its start.
gc.set_threshold(100_000)

status = main()

# Nor is there any to be found on the way out, where Python looks through all of them again.
gc.freeze()

sys.exit(status)
