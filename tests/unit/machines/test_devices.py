"""Which device a job computes on: what was asked for, its own GPU, or an error."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from reversal import registry
from reversal.code_digest import _closure
from reversal.errors import ReversalError
from reversal.machines import devices
from tests.configs import ROOT


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Claims of this test alone, no leave to use the CPU, and the threads as they were."""
    monkeypatch.setattr(devices, "CLAIMS", tmp_path / "claims")
    monkeypatch.setattr(devices, "_held", {})
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def pretend(count: int, patch=setattr) -> None:
    """As if this machine had so many GPUs."""
    patch(torch.cuda, "is_available", lambda: count > 0)
    patch(torch.cuda, "device_count", lambda: count)
    patch(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"uuid-of-{index}"))
    patch(torch.cuda, "set_device", lambda device: None)


def test_no_gpu_asked_for_is_the_cpu_with_its_threads(monkeypatch):
    pretend(2, monkeypatch.setattr)
    assert devices.choose(gpus=0, threads=2).type == "cpu"
    assert torch.get_num_threads() == 2
    assert not devices.CLAIMS.exists()


@pytest.mark.parametrize(("found", "asked", "said"), [(0, 1, "no GPU is to be seen here"), (1, 2, "only 1 to be seen")])
def test_a_missing_gpu_is_an_error_unless_the_cpu_is_allowed(monkeypatch, found, asked, said):
    pretend(found, monkeypatch.setattr)
    with pytest.raises(ReversalError, match=said):
        devices.choose(gpus=asked, threads=1)
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    assert devices.choose(gpus=asked, threads=1).type == "cpu"


def test_where_a_job_sees_its_own_gpus_alone_nothing_is_claimed(monkeypatch):
    """As under SLURM, by CUDA_VISIBLE_DEVICES."""
    pretend(1, monkeypatch.setattr)
    assert devices.choose(gpus=1, threads=1) == torch.device("cuda", 0)
    assert not devices.CLAIMS.exists()


def test_a_job_keeps_its_gpu_and_makes_it_the_current_one(monkeypatch):
    pretend(3, monkeypatch.setattr)
    current = []
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    held = devices.FileLock(devices.CLAIMS / "uuid-of-0.lock")
    held.acquire()
    assert [devices.choose(gpus=1, threads=1) for _ in range(2)] == [torch.device("cuda", 1)] * 2
    assert current == [torch.device("cuda", 1)] * 2


JOB = """
import logging, sys
from reversal.machines import devices
from tests.unit.machines.test_devices import pretend
logging.basicConfig(level=logging.INFO)
pretend(2)
print(devices.choose(gpus=1, threads=1), flush=True)
sys.stdin.read()
"""


def test_jobs_side_by_side_have_a_gpu_each_and_a_killed_one_gives_its_own_back(tmp_path):
    """Three real processes, two GPUs."""
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": f"{registry.HOME.parent}:{ROOT}"}

    def job() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", JOB],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    jobs = [job(), job()]
    try:
        taken = [each.stdout.readline().strip() for each in jobs]
        assert sorted(taken) == ["cuda:0", "cuda:1"]
        jobs.append(job())
        assert "waiting for a GPU: other jobs hold all 2" in jobs[2].stdout.readline()
        jobs[1].send_signal(signal.SIGKILL)
        assert jobs[2].stdout.readline().strip() == taken[1]
    finally:
        for each in jobs:
            each.kill()
            each.communicate()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path, monkeypatch):
    pretend(2, monkeypatch.setattr)
    (tmp_path / "file").touch()
    monkeypatch.setattr(devices, "CLAIMS", tmp_path / "file/claims")
    with pytest.raises(ReversalError, match=r"file/claims: GPUs cannot be claimed there .*; set TMPDIR"):
        devices.choose(gpus=1, threads=1)


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_the_choice_of_a_device_is_no_part_of_a_stages_code(stage):
    """What is edited there retrains nothing."""
    assert "reversal.device" in _closure(f"reversal.{stage}.stage")
    assert "reversal.machines.devices" not in _closure(f"reversal.{stage}.stage")
