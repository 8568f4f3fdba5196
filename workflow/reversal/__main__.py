"""`python -m reversal`."""

import gc
import sys

from reversal.cli import main

# A command's imports make a million objects and no garbage: to look for it took a fifth of its start.
gc.set_threshold(100_000)

sys.exit(main())
