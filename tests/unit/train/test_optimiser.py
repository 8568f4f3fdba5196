"""The optimisers against PyTorch's own classes, bit for bit, and that they spare the compiler's import."""

import subprocess
import sys

import pytest
import torch

from reversal.train.optimiser import build
from tests.configs import ROOT

ADAMW = {"optimiser": "adamw", "betas": [0.9, 0.98], "weight_decay": 0.1}
DESCENT = {"optimiser": "gradient_descent"}


def reference(parameters, optimisation):
    if optimisation is DESCENT:
        return torch.optim.SGD(parameters, lr=1.0)
    return torch.optim.AdamW(parameters, lr=1.0, betas=(0.9, 0.98), weight_decay=0.1, fused=True)


@pytest.mark.parametrize("optimisation", [ADAMW, DESCENT], ids=["AdamW", "gradient descent"])
def test_steps_are_those_of_the_library(optimisation):
    generator = torch.Generator().manual_seed(3)
    shapes = [(2, 5, 3), (2, 7)]
    ours = [torch.randn(shape, generator=generator) for shape in shapes]
    theirs = [value.clone().requires_grad_() for value in ours]
    optimiser, library = build(ours, optimisation), reference(theirs, optimisation)
    for rate in (0.1, 0.05, 0.2):
        gradients = [torch.randn(shape, generator=generator) for shape in shapes]
        optimiser.step(gradients, rate)
        for group in library.param_groups:
            group["lr"] = rate
        for value, gradient in zip(theirs, gradients, strict=True):
            value.grad = gradient
        library.step()
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other.detach())


@pytest.mark.parametrize("optimisation", [ADAMW, DESCENT], ids=["AdamW", "gradient descent"])
def test_a_gradient_may_lie_transposed(optimisation):
    """As that of a matrix does that enters its product transposed: PyTorch's fused kernel moves other numbers by it, and says nothing."""
    generator = torch.Generator().manual_seed(4)
    gradient = torch.randn(2, 3, 5, generator=generator)
    moved = [torch.zeros(2, 5, 3) for _ in range(2)]
    for value, lying in zip(moved, (gradient.transpose(1, 2), gradient.transpose(1, 2).contiguous()), strict=True):
        build([value], optimisation).step([lying], 0.1)
    assert torch.equal(*moved)
    assert torch.equal(moved[0].sign(), -gradient.transpose(1, 2).sign())


def test_the_compiler_is_not_imported():
    """It costs every training job more than a second."""
    code = (
        "import sys, torch; from reversal.train.optimiser import build; x = [torch.ones(2, 3)];"
        "build(x, {'optimiser': 'adamw', 'betas': [0.9, 0.999], 'weight_decay': 0.0}).step(x, 0.1);"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": str(ROOT / "workflow")})
    assert ran.returncode == 0
