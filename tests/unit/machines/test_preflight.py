"""What a run would miss, with commands that print what SLURM's do."""

from types import SimpleNamespace

import pytest

from reversal.errors import ReversalError
from reversal.machines import devices, preflight
from reversal.machines.needs import Need
from tests.commands import command

SINFO = """
cpu*|1-00:00:00|32000|(null)
accel|2-00:00:00|64000|gpu:a100:2(S:0)
accel|2-00:00:00|16000|gpu:v100:8
"""
NEED = Need("train_block", "accel", 1, "", 60, 3000, account=False, elsewhere=False, exempt=False)


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A SLURM of scripts, the only commands there are."""
    for name in (*preflight.COMMANDS, "sacct", "sacctmgr"):
        command(tmp_path, name)
    command(tmp_path, "sinfo", f'while read -r line; do test -z "$line" || echo "$line"; done <<\'END\'{SINFO}END')
    command(tmp_path, "scontrol", "echo 'AccountingStorageType   = accounting_storage/slurmdbd'")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def judged(*needs: Need, status: str = "squeue") -> str:
    """What is said of jobs; nothing if they can run."""
    try:
        preflight.on_slurm(needs, SimpleNamespace(status_command=status))
    except ReversalError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"partition": "", "gpus": 0},
        {"partition": "cpu,accel"},
        {"gpu_type": "a100", "gpus": 2},
        {"gpus": 8},
        {"minutes": 2880},
        {"minutes": 2881, "exempt": True},
        {"mem_mb": 64000},
        {"partition": "nowhere", "elsewhere": True},
    ],
)
def test_what_the_cluster_can_give_passes(slurm, changed):
    assert judged(NEED._replace(**changed)) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"partition": "gpu"}, "partition gpu does not exist; choose from accel, cpu in"),
        ({"partition": "cpu,gpu", "gpus": 0}, "partition gpu does not exist"),
        ({"partition": "cpu"}, "partition cpu has no node with gpu:1, nor with any GPU; name"),
        ({"partition": ""}, "partition cpu has no node with gpu:1"),
        ({"gpus": 9}, "partition accel has no node with gpu:9, only gpu:a100:2, gpu:v100:8; name"),
        ({"gpu_type": "h100"}, "no node with gpu:h100:1, only gpu:a100:2, gpu:v100:8"),
        ({"gpu_type": "a100", "gpus": 4}, "no node with gpu:a100:4"),
        ({"minutes": 2881}, "partition accel ends a job after 2880 min and runtime is 2881; ask for fewer minutes"),
        ({"partition": "cpu", "gpus": 0, "minutes": 1441}, "ends a job after 1440 min"),
        ({"mem_mb": 64001}, "partition accel has 64000 MB a node and mem_mb is 64001; lower mem_mb"),
        ({"mem_mb": 16001, "gpu_type": "v100"}, "has 16000 MB a node"),
    ],
)
def test_what_it_can_never_give_is_one_line_with_the_way_out(slurm, changed, said):
    line = judged(NEED, NEED._replace(**changed))
    assert line.startswith("train_block: partition ")
    assert said in line
    assert "; " in line
    assert line.endswith(f" in {preflight.SITE}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("lacking", "account", "status", "said"),
    [
        ("sbatch", False, "squeue", "sbatch"),
        ("scancel", True, "squeue", "scancel"),
        ("sacct", False, "squeue", "sacct"),  # to guess the account
        ("sacct", True, "sacct", "sacct"),
        ("sacct", True, "squeue", ""),
        ("sacctmgr", True, "squeue", "sacctmgr"),
        ("sacctmgr", False, "squeue", ""),
    ],
)
def test_a_command_is_missed_only_where_it_is_called(slurm, lacking, account, status, said):
    (slurm / lacking).unlink()
    line = judged(NEED._replace(account=account), status=status)
    assert line.startswith(f"SLURM: no {said} on PATH; ") if said else line == ""


def test_status_by_sacct_without_accounting(slurm):
    assert judged(NEED, status="sacct") == ""
    command(slurm, "scontrol", "echo 'AccountingStorageType   = accounting_storage/none'")
    assert judged(NEED, status="sacct").startswith("sacct: this cluster keeps no accounting; say accounting: false in ")
    assert judged(NEED, status="squeue") == ""


def test_a_run_that_submits_nothing_needs_no_slurm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert judged() == ""


@pytest.mark.parametrize(("found", "asked", "said"), [(0, 1, "no GPU is"), (1, 2, "only 1")])
def test_a_gpu_that_is_not_here(monkeypatch, found, asked, said):
    monkeypatch.setattr(preflight, "_visible", lambda: found)
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    with pytest.raises(ReversalError, match=said):
        preflight.here([NEED._replace(gpus=0), NEED._replace(gpus=asked)])


@pytest.mark.parametrize(("asked", "looked"), [(0, []), (1, ["once"])])
def test_gpus_are_looked_for_only_if_one_is_asked_for(monkeypatch, asked, looked):
    found = []
    monkeypatch.setattr(preflight, "_visible", lambda: found.append("once") or 1)
    preflight.here([NEED._replace(gpus=asked)])
    assert found == looked


def test_the_cpu_may_be_allowed_here(monkeypatch):
    monkeypatch.setattr(preflight, "_visible", lambda: 0)
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    preflight.here([NEED])


def test_torch_is_asked_for_the_gpus():
    torch = pytest.importorskip("torch")
    assert preflight._visible() == (torch.cuda.device_count() if torch.cuda.is_available() else 0)
