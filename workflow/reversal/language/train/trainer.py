"""A language model in training: parameters, optimiser, and the step that comes next (`train/continuation.py`).

Nothing else carries over from one step to the next: every random draw is a function of seed and step.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from transformers import PreTrainedModel

from reversal import registry
from reversal.device import tensor
from reversal.errors import ReversalError
from reversal.language.train.batch import Batch
from reversal.language.train.model import architecture, logits
from reversal.language.train.sequences import Sequences
from reversal.language.train.trained_questions import Questions, answered
from reversal.randomness import stream
from reversal.train.checkpoint import Checkpoint
from reversal.train.continuation import Ongoing
from reversal.train.history import Moment
from reversal.train.optimiser import AdamW
from reversal.train.schedule import chosen, learning_rate

HISTORY = 10
"""Evenly spaced rows of the history, beside the last."""


@dataclass(frozen=True)
class Training:
    """All that decides a run's training, beside the model that it begins with."""

    seed: int
    text: Sequences
    """The passages."""
    questions: Mapping[str, Questions]
    """The trained queries, which the history follows."""
    mask: int
    """The token [M]."""
    settings: Mapping[str, Any]
    """Of the cell: model, objective, optimisation, precision."""
    device: torch.device


class Trainer(Ongoing):
    """One run."""

    def __init__(self, model: PreTrainedModel, training: Training) -> None:
        """Everything as it is before the first step.

        Args:
            model: as its seed draws it.
            training: the rest.
        """
        self.model = model.to(training.device).train()
        self.training = training
        self.kind = architecture(training.settings["model"])
        self.parameters = list(self.model.parameters())
        self.optimisation = training.settings["optimisation"]
        self.optimiser = AdamW(self.parameters, self.optimisation["betas"], self.optimisation["weight_decay"])
        self.steps: int = self.optimisation["steps"]
        self.marks = {*range(0, self.steps, max(self.steps // HISTORY, 1)), self.steps}
        self.step = 0
        self.began = time.monotonic()

    def advance(self, report: Callable[[Moment], None]) -> Checkpoint | None:
        """Take one step; its row of the history goes to `report`, the first's and the last's checkpoint is returned.

        Raises:
            ReversalError: the loss is no number any more.
        """
        step, last = self.step, self.step == self.steps
        loss = math.nan if last else self._slope()
        if step in self.marks:
            self.tell(report, loss)
        kept = Checkpoint(step, (self.training.seed,), self._kept(), {}) if step in (0, self.steps) else None
        if not last:
            self._move()
        self.step = step + 1
        return kept

    def _slope(self) -> float:
        """The loss of the step about to be taken; leaves its gradient with the parameters."""
        for value in self.parameters:
            value.grad = None
        loss = self._loss(batch(self.training, self.step))
        loss.backward()
        if not math.isfinite(loss.item()):
            raise ReversalError(
                f"optimisation.learning_rate: with {self.optimisation['learning_rate']:g} the loss of seed "
                f"{self.training.seed} is {loss.item()} at step {self.step}; take a lower rate, a longer warm-up or a "
                f"smaller clip ({self.optimisation['clip']:g})"
            )
        return loss.item()

    def _loss(self, asked: Batch) -> torch.Tensor:
        """Weighted sum of −log p over the places of a batch."""
        device = self.training.device
        half = self.training.settings["precision"] == "bfloat16"
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            found = logits(self.kind, self.model, asked, device)
        nll = F.cross_entropy(found.float(), tensor(asked.targets, device), reduction="none")
        return nll @ tensor(asked.weights, device)

    def _move(self) -> None:
        """One step of the optimiser, along a gradient of no more than its greatest length."""
        torch.nn.utils.clip_grad_norm_(self.parameters, self.optimisation["clip"])
        gradients = [value.grad for value in self.parameters]
        self.optimiser.step(gradients, learning_rate(self.step, self.optimisation))

    def tell(self, report: Callable[[Moment], None], loss: float) -> None:
        """A row of the history for each trained query."""
        rate = learning_rate(min(self.step, self.steps - 1), self.optimisation)
        for name, questions in self.training.questions.items():
            nll, accuracy = answered(self.kind, self.model, questions, self.training.mask, self.training.device)
            numbers = (np.array([value], dtype=np.float32) for value in (loss, nll, accuracy))
            report(Moment(self.step, name, *numbers, np.zeros(1, dtype=bool), rate, self.seconds))

    def _kept(self) -> dict[str, torch.Tensor]:
        """A copy of the parameters, the one seed before their own axes as in every checkpoint."""
        return {name: value.detach()[None].clone() for name, value in self.model.named_parameters()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next step works on, by name."""
        parameters = {f"parameters.{name}": value.detach() for name, value in self.model.named_parameters()}
        return parameters | {f"optimiser.{name}": value for name, value in self.optimiser.tensors().items()}

    @torch.no_grad()
    def restore(self, step: int, seconds: float, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on before `step` with what `tensors` gave there, after so many seconds of training."""
        for name, value in self.tensors().items():
            value.copy_(tensors[name])
        self.step = step
        self.began = time.monotonic() - seconds


def batch(training: Training, step: int) -> Batch:
    """What is read and asked at one step: a function of settings, seed and step alone."""
    settings, seed = training.settings, training.seed
    passages = len(training.text.tokens)
    text = training.text.take(chosen(seed, step, passages, settings["optimisation"]["batch"]))
    objective = registry.load("language.train.objectives", settings["objective"]["kind"])
    weights = objective.weights(text, stream(seed, "masks", step), settings["objective"])
    return architecture(settings["model"]).asked(text, weights, training.mask)
