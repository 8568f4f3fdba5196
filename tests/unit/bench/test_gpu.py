"""What is measured on a GPU, as far as it can be told without one."""

import pytest
import torch

from bench.loops.work import Shape, Work
from bench.measured import Skipped
from bench.measurements import gpu

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_where_there_is_no_gpu_one_line_says_so():
    assert list(gpu.measure(3)) == [Skipped("any shape", "no GPU here")]


def test_a_device_agrees_with_itself():
    assert [one.values for one in gpu.agreement(CPU, gpu.PRECISIONS["fp32"])] == [[0.0], [0.0]]


def test_forms_stand_beside_the_one_of_the_study(monkeypatch):
    """Without a compiler: single precision is the study's own, bit for bit, and bfloat16 is near it and not the same."""
    monkeypatch.setattr(gpu, "FORMS", [form for form in gpu.FORMS if form.mode == "eager"])
    found = {one.quantity: one for one in gpu.formed(Work(Shape(2, 8, heads=2), 32, 2), 1, CPU)}
    own, rounded = (one for name, one in found.items() if name.endswith("loss beside the CPU's, relative"))
    assert own.values == [0.0]
    assert 0 < rounded.values[0] < rounded.aim == gpu.ROUNDED
    assert [name for name in found if name.endswith("over eager")] == [
        "2 layers + MLP, d 8, batch 32, 2 stacked: eager, bfloat16 over eager"
    ]


def test_another_training_is_told_apart(monkeypatch):
    """Parameters that are not the same after some steps show in the loss and in the way."""
    one, other = (gpu.trained(Work(gpu.TWO_LAYERS, 64, 4), CPU) for _ in range(2))
    with torch.no_grad():
        other.parameters["embedding"] *= 1.1
    given = iter([one, other])
    monkeypatch.setattr(gpu, "trained", lambda work, device: next(given))
    assert all(found.values[0] > found.aim for found in gpu.agreement(CPU, gpu.PRECISIONS["fp32"]))


def test_room_is_what_the_peaks_of_two_stacks_leave(monkeypatch):
    """100 bytes of a seed and 50 whatever their number, of 1000 that are free."""
    monkeypatch.setattr(gpu, "peak", lambda work, device: 50 + 100 * work.seeds)
    monkeypatch.setattr(gpu, "job", lambda work, device: 4)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 2000))
    largest, filled = gpu.room(Work(Shape(1, 8), 32), 2, 6, CPU)
    assert largest.values == [9]
    assert filled.values == [45]


@pytest.mark.parametrize("name", gpu.PRECISIONS)
def test_a_precision_ends_with_its_block(name):
    with gpu.products_in(gpu.PRECISIONS[name]):
        assert torch.get_float32_matmul_precision() == gpu.PRECISIONS[name].products
    assert torch.get_float32_matmul_precision() == "highest"
