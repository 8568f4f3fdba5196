"""`python -m reversal`."""

import sys

from reversal.cli import main

sys.exit(main())
