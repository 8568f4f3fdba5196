"""`python -m bench.grown WORK SIZES OUTPUT`: a piece of work, in a process whose memory is its own.

SIZES are the arguments of `bench.growing.<WORK>.work`, and OUTPUT gets what it returns, both as JSON.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    name, sizes, output = sys.argv[1:]
    found = import_module(f"bench.growing.{name}").work(**json.loads(sizes))
    Path(output).write_text(json.dumps(found), encoding="utf-8")
