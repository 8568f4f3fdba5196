"""Start-ups: that a command makes its imports and does nothing."""

import subprocess
import sys

import pytest

from bench.commands import ROOT
from bench.starts import command

WORDS = ["language", "probe", "--settings", '{"model": {}}', "--seeds", "1", "2"]


def test_a_command_is_what_stands_before_its_options():
    assert command(WORDS) == "language probe"
    assert command(["plan"]) == "plan"


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("data --settings {{}} --seeds 0 --pairs {0}/pairs --sentences {0}/sentences", "reversal.data.stage"),
        ("figures --figure sweep --statistics {0}/sweep --outputs {0}/sweep.pdf", "reversal.figures.stage"),
        ("calibrate --output {0}/calibration", "reversal.statistics.printed"),
    ],
)
def test_a_start_ends_behind_the_imports_and_makes_nothing(words, last, tmp_path):
    call = [sys.executable, "-X", "importtime", "-m", "bench.started", *words.format(tmp_path).split()]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert last in [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert not list(tmp_path.iterdir())
