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


def test_a_failure_is_one_line_with_the_commands_last_words(tmp_path):
    with pytest.raises(ReversalError, match=r"exit.* failed: at last$"):
        run([sys.executable, "-c", "import sys; print('at first', flush=True); sys.exit('at last')"], tmp_path)
