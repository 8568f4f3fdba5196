"""Where a job computes: what was asked for, or an error."""

import pytest
import torch

from reversal import device
from reversal.errors import ReversalError


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_no_gpu_asked_for_is_the_cpu_with_its_threads():
    assert device.choose(gpus=0, threads=2).type == "cpu"
    assert torch.get_num_threads() == 2


def test_a_missing_gpu_is_an_error_unless_the_cpu_is_allowed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv(device.VARIABLE, raising=False)
    with pytest.raises(ReversalError, match="no GPU is to be seen here"):
        device.choose(gpus=1, threads=1)
    monkeypatch.setenv(device.VARIABLE, "cpu")
    assert device.choose(gpus=1, threads=1).type == "cpu"


def test_a_gpu_that_is_there_is_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.choose(gpus=1, threads=1).type == "cuda"


@pytest.mark.parametrize(("seeds", "floats", "expected"), [(10, 1, 10), (10, 1e12, 1), (10, device.CPU_FLOATS / 3, 3)])
def test_a_chunk_fits_the_memory_and_has_at_least_one_seed(seeds, floats, expected):
    assert device.chunk(seeds, floats, torch.device("cpu")) == expected


def test_a_gpus_chunk_fits_half_of_its_free_memory(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (8000, 16000))
    assert device.chunk(10, 250, torch.device("cuda")) == 4
