"""The optimisers. They work on every number by itself, so that stacked seeds stay apart.

PyTorch's own fused AdamW in its functional form: the class around it imports the compiler, a second or more of
every job's start.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch.optim.adamw import adamw


class Optimiser(Protocol):
    """Moves parameters in place."""

    def step(self, gradients: Sequence[torch.Tensor], rate: float) -> None:
        """One step at a learning rate."""

    def tensors(self) -> dict[str, torch.Tensor]:
        """What it carries from one step to the next, by name; written to, it goes on from there."""


def build(parameters: Sequence[torch.Tensor], optimisation: Mapping[str, Any]) -> Optimiser:
    """The optimiser that a cell's settings name, for parameters (S, …) each."""
    if optimisation["optimiser"] == "gradient_descent":
        return GradientDescent(parameters)
    return AdamW(parameters, tuple(optimisation["betas"]), optimisation["weight_decay"])


class GradientDescent:
    """Plain gradient descent, which follows the gradient flow of P1, section 3."""

    def __init__(self, parameters: Sequence[torch.Tensor]) -> None:
        self.parameters = parameters

    @torch.no_grad()
    def step(self, gradients: Sequence[torch.Tensor], rate: float) -> None:
        for value, gradient in zip(self.parameters, gradients, strict=True):
            value.add_(gradient, alpha=-rate)

    def tensors(self) -> dict[str, torch.Tensor]:
        return {}


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2)."""

    def __init__(self, parameters: Sequence[torch.Tensor], betas: tuple[float, float], weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.betas = betas
        self.weight_decay = weight_decay
        self.means = [torch.zeros_like(value) for value in parameters]
        self.squares = [torch.zeros_like(value) for value in parameters]
        self.steps = [torch.zeros((), device=value.device) for value in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[torch.Tensor], rate: float) -> None:
        # PyTorch's kernel for CPUs reads numbers in the order in which they lie, also those of a transposed gradient.
        lying = [gradient.contiguous() for gradient in gradients]
        adamw(
            self.parameters,
            lying,
            self.means,
            self.squares,
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def tensors(self) -> dict[str, torch.Tensor]:
        held = {"means": self.means, "squares": self.squares, "steps": self.steps}
        return {f"{name}.{place}": value for name, values in held.items() for place, value in enumerate(values)}
