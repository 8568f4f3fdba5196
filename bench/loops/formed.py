"""The workflow's own training with its model in another form: compiled, as CUDA graphs, in bfloat16."""

from collections.abc import Mapping
from typing import NamedTuple

import torch

from bench.loops.stacked import Stacked
from bench.loops.work import Work
from reversal.models.model import Model
from reversal.models.position import Parameters

MODES: Mapping[str, str | None] = {"eager": None, "compiled": "default", "CUDA graphs": "reduce-overhead"}
"""What is told of a model's form → the mode of `torch.compile`; the last records graphs on a GPU, and only compiles elsewhere."""


class Form(NamedTuple):
    """How a model computes its scores."""

    mode: str = "eager"
    numbers: torch.dtype = torch.float32
    """Of weights and of all between them and the scores; parameters, loss and optimiser stay in single precision."""

    def __str__(self) -> str:
        return (
            self.mode if self.numbers == torch.float32 else f"{self.mode}, {str(self.numbers).removeprefix('torch.')}"
        )


class Formed(Stacked):
    """All seeds of the work, by a model in some form."""

    def __init__(self, work: Work, device: torch.device, form: Form) -> None:
        super().__init__(work, device)
        self.trainer.model = Recast(self.trainer.model, form)
        self.step()  # compiles


class Recast:
    """A model whose scores are computed in another form; all else is its own."""

    def __init__(self, model: Model, form: Form) -> None:
        self.model, self.numbers = model, form.numbers
        mode = MODES[form.mode]
        self.answer = torch.compile(model.logits, mode=mode) if mode else model.logits

    def __getattr__(self, name: str) -> object:
        return getattr(self.model, name)

    def logits(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        """Scores in single precision, (S, M, V)."""
        rounded = {name: value.to(self.numbers) for name, value in parameters.items()}
        return self.answer(rounded, tokens, positions, rows).float()
