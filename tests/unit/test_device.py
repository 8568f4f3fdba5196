"""How many seeds of a block a device takes at once, and in what pages its memory comes."""

import os
import subprocess
import sys

import pytest
import torch

from reversal import device


@pytest.mark.parametrize(("seeds", "floats", "expected"), [(10, 1, 10), (10, 1e12, 1), (10, device.CPU_FLOATS / 3, 3)])
def test_a_chunk_fits_the_memory_and_has_at_least_one_seed(seeds, floats, expected):
    assert device.chunk(seeds, floats, torch.device("cpu")) == expected


def test_a_gpus_chunk_fits_half_of_the_free_memory_of_that_gpu(monkeypatch):
    free = {0: 80, 1: 8000}
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free[device.index], 16000))
    assert device.chunk(10, 250, torch.device("cuda", 1)) == 4


def test_large_models_are_not_stacked_beyond_the_memory(monkeypatch):
    assert device.chunk(10, 1, torch.device("cpu"), held=device.CPU_HELD / 4) == 4
    assert device.chunk(10, 1, torch.device("cpu"), held=device.CPU_HELD * 4) == 1
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (16000, 16000))
    assert device.chunk(10, 100, torch.device("cuda", 0), held=400) == 4


TRAINING = "import reversal.train.loop, torch; print(torch.empty(1 << 24).data_ptr() % 4096)"
"""64 MB; what is to have large pages begins with a page, and other tensors behind what their allocator notes."""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other pages")
@pytest.mark.parametrize(("told", "large"), [({}, True), ({"THP_MEM_ALLOC_ENABLE": "0"}, False)])
def test_memory_comes_in_large_pages_unless_told_otherwise(told, large):
    given = {name: value for name, value in os.environ.items() if name != "THP_MEM_ALLOC_ENABLE"} | told
    command = [sys.executable, "-c", TRAINING]
    done = subprocess.run(command, env=given, stdout=subprocess.PIPE, text=True, check=True)
    assert (int(done.stdout) == 0) == large
