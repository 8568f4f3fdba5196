"""Seconds, memory and failures of a command, against commands whose cost is known."""

import sys

import pytest

from bench.commands import run
from reversal.errors import ReversalError


def test_time_and_memory_are_the_commands_own(tmp_path):
    plain = run([sys.executable, "-c", ""], tmp_path)
    heavy = run([sys.executable, "-c", "import time; kept = b'x' * 300_000_000; time.sleep(0.5)"], tmp_path)
    assert heavy.seconds >= 0.5
    assert 0.3 < heavy.gigabytes < 0.4
    assert plain.gigabytes < 0.1


def test_processors_are_counted_while_they_work_and_in_what_is_started_too(tmp_path):
    """Half a second of sleep is none of a processor's; half a second of work is, in a process of the process too."""
    idle = run([sys.executable, "-c", "import time; time.sleep(0.5)"], tmp_path)
    work = "import time\nwhile time.process_time() < 0.5: pass"
    busy = run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"], tmp_path
    )
    assert busy.processor >= 0.5
    assert idle.processor < idle.seconds - 0.4


def test_a_failure_is_one_line_with_the_commands_last_words(tmp_path):
    with pytest.raises(ReversalError, match=r"exit.* failed: at last$"):
        run([sys.executable, "-c", "import sys; print('at first', flush=True); sys.exit('at last')"], tmp_path)
