"""What sinfo prints, read. The forms are those of SLURM's manual and of real clusters' gres.conf."""

from math import inf

import pytest

from reversal.errors import ReversalError
from reversal.machines import partitions
from reversal.machines.partitions import Nodes
from tests.commands import command


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("(null)", {}),
        ("gpu:4", {"": 4}),
        ("gpu", {"": 1}),
        ("gpu:fake:2", {"fake": 2}),
        ("gpu:a100:4(S:0-1)", {"a100": 4}),
        ("gpu:a100:4(S:0,2),lustre:1", {"a100": 4}),
        ("gpu:a100_3g.20gb:2,gpu:a100:1,nvme:no_consume:900G", {"a100_3g.20gb": 2, "a100": 1}),
        ("shard:8", {}),
    ],
)
def test_generic_resources(resources, expected):
    assert partitions.gpus(resources) == expected


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [
        ("infinite", inf),
        ("n/a", inf),
        ("30", 0.5),
        ("30:00", 30),
        ("2:00:00", 120),
        ("1-00:00:00", 1440),
        ("7-12:30:00", 10830),
    ],
)
def test_time_limits(tmp_path, monkeypatch, limit, minutes):
    command(tmp_path, "sinfo", f"echo 'long|{limit}|1000|(null)'")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [nodes.minutes for nodes in partitions.offered()] == [minutes]


def test_every_kind_of_node_is_a_line_and_the_default_has_a_star(tmp_path, monkeypatch):
    command(
        tmp_path,
        "sinfo",
        "echo 'cpu*|1:00:00|32000|(null)'; echo 'gpu|infinite|64000+|gpu:4'; echo 'new|30:00|1|(null)'",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert partitions.offered() == [
        Nodes("cpu", True, 60, 32000, {}),
        Nodes("gpu", False, inf, 64000, {"": 4}),
        Nodes("new", False, 30, inf, {}),  # nobody has configured its memory
    ]


def test_a_controller_that_does_not_answer_is_named_by_the_last_line(tmp_path, monkeypatch):
    command(tmp_path, "sinfo", "echo 'sinfo: error: once' >&2; echo 'sinfo: Unable to contact it' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReversalError, match=r"^sinfo: Unable to contact it; see that `scontrol ping`"):
        partitions.offered()
