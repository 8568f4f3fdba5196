"""The training loop: all seeds of a chunk take each optimiser step together, and nothing couples them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from reversal import registry
from reversal.data.query import Query
from reversal.device import tensor
from reversal.models.model import Model, asked
from reversal.models.position import Parameters
from reversal.randomness import stream
from reversal.train.batch import Batch, Text
from reversal.train.checkpoint import Checkpoint
from reversal.train.continuation import Ongoing
from reversal.train.history import Moment
from reversal.train.optimiser import build
from reversal.train.schedule import chosen, learning_rate
from reversal.train.stopping import Stopping

HISTORY = 40
"""Evenly spaced rows of the history, beside those at checkpoints."""


Answers = tuple[np.ndarray, np.ndarray]
"""Of a query: mean −log p a token, and the share of pairs answered right, (S,) each."""


@dataclass(frozen=True)
class Training:
    """All that decides a chunk's training."""

    seeds: tuple[int, ...]
    sentences: np.ndarray
    """Tokens, int64 (S, B, L)."""
    word_size: int
    vocabulary: int
    layout: Mapping[str, Any]
    objective: Mapping[str, Any]
    optimisation: Mapping[str, Any]
    checkpoints: tuple[int, ...]
    queries: tuple[Query, ...]
    """The trained queries, which the history follows."""
    device: torch.device


class Trainer(Ongoing):
    """A chunk of seeds in training: parameters, optimiser, and the step that comes next.

    Nothing else carries over from one step to the next: every random draw is a function of seed and step.
    """

    def __init__(self, model: Model, training: Training) -> None:
        self.model = model
        self.training = training
        self.parameters = {name: value.to(training.device) for name, value in model.initial(training.seeds).items()}
        self.learnt = [value.requires_grad_() for name, value in self.parameters.items() if name not in model.frozen]
        self.optimiser = build(self.learnt, training.optimisation)
        self.stopping = Stopping(len(training.seeds), training.optimisation["stop_after"])
        self.answers: list[Answers] | None = None
        self.steps: int = training.optimisation["steps"]
        self.marks = {*range(0, self.steps, max(self.steps // HISTORY, 1)), *training.checkpoints}
        self.step = 0
        self.began = time.monotonic()

    def advance(self, report: Callable[[Moment], None]) -> Checkpoint | None:
        """Take one step; its row of the history goes to `report`, its checkpoint is returned.

        Where every seed has stopped, no step is taken and the next row comes next.
        """
        step, training = self.step, self.training
        stopped = self.stopping.stopped(step)
        rate = learning_rate(min(step, self.steps - 1), training.optimisation)
        losses, gradients = np.full(len(stopped), np.nan, dtype=np.float32), None
        if not stopped.all():
            found, gradients = _slopes(self.model, self.parameters, self.learnt, training, step)
            losses = np.where(stopped | (step == self.steps), np.nan, found.cpu().numpy())
        if step in self.marks:
            self._tell(report, losses, stopped, rate)
        kept = step in training.checkpoints
        before = {name: value.detach().clone() for name, value in self.parameters.items()} if kept else {}
        if gradients is not None:
            self._move(gradients, rate, stopped)
        self.step = step + 1 if gradients is not None else self._next_mark()
        if not kept:
            return None
        update = {n: self.parameters[n].detach() - before[n] for n in before if n not in self.model.frozen}
        return Checkpoint(step, training.seeds, before, update)

    def _tell(self, report: Callable[[Moment], None], losses: np.ndarray, stopped: np.ndarray, rate: float) -> None:
        """A row of the history for each trained query; asked again only if anything has moved since."""
        queries = self.training.queries
        if self.answers is None:
            self.answers = [answered(self.model, self.parameters, query, self.training.device) for query in queries]
        self.stopping.hear(self.step, np.stack([accuracy for _, accuracy in self.answers]))
        for query, (nll, accuracy) in zip(queries, self.answers, strict=True):
            report(Moment(self.step, query.name, losses, nll, accuracy, stopped, rate, self.seconds))

    @torch.no_grad()
    def _move(self, gradients: Sequence[torch.Tensor], rate: float, stopped: np.ndarray) -> None:
        """One step of the optimiser; seeds that have stopped stay where they are, bit for bit."""
        still = torch.from_numpy(np.flatnonzero(stopped)).to(self.training.device)
        places = [value[still] for value in self.learnt] if len(still) else []
        self.optimiser.step(gradients, rate)
        for value, place in zip(self.learnt, places, strict=False):
            value[still] = place
        self.answers = None

    def _next_mark(self) -> int:
        return min((mark for mark in self.marks if mark > self.step), default=self.steps + 1)

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next step works on, by name."""
        parameters = {f"parameters.{name}": value.detach() for name, value in self.parameters.items()}
        carried = {"optimiser": self.optimiser.tensors(), "stopping": self.stopping.tensors()}
        return parameters | {
            f"{part}.{name}": value for part, values in carried.items() for name, value in values.items()
        }

    @torch.no_grad()
    def restore(self, step: int, seconds: float, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on before `step` with what `tensors` gave there, after so many seconds of training."""
        for name, value in self.tensors().items():
            value.copy_(tensors[name])
        self.step, self.answers = step, None
        self.began = time.monotonic() - seconds


def train(model: Model, training: Training, report: Callable[[Moment], None]) -> Iterator[Checkpoint]:
    """Train a chunk of seeds from step 0, yielding its checkpoints in order.

    Args:
        model: the architecture.
        training: text, objective, optimisation and what to keep.
        report: gets every row of the history as it comes.
    """
    trainer = Trainer(model, training)
    while not trainer.finished:
        made = trainer.advance(report)
        if made:
            yield made


def _slopes(
    model: Model, parameters: Parameters, learnt: list[torch.Tensor], training: Training, step: int
) -> tuple[torch.Tensor, Sequence[torch.Tensor]]:
    """Every seed's loss, (S,), and the gradients of each one's own, (S, …)."""
    losses = loss(model, parameters, batch(training, step), training.device)
    return losses.detach(), torch.autograd.grad(losses.sum(), learnt)


def loss(model: Model, parameters: Parameters, batch: Batch, device: torch.device) -> torch.Tensor:
    """Each seed's weighted sum of −log p over the places of a batch, (S,)."""
    tokens, positions, rows, targets, weights = (tensor(part, device) for part in batch)
    logits = model.logits(parameters, tokens, positions, rows)
    nll = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(weights)
    return (nll * weights).sum(1)


def batch(training: Training, step: int) -> Batch:
    """What all seeds read at one step: a function of settings, seed and step alone."""
    size = training.optimisation["batch"]
    read = [chosen(seed, step, training.sentences.shape[1], size) for seed in training.seeds]
    tokens = np.stack([sentences[order] for sentences, order in zip(training.sentences, read, strict=True)])
    layout = registry.load("data.layouts", training.layout["kind"])
    each = *tokens.shape[1:], training.word_size, training.layout
    places = [layout.positions(partial(stream, seed, "positions", step), *each) for seed in training.seeds]
    text = Text(tokens, np.stack(places), training.word_size, training.vocabulary)
    draws = [stream(seed, "masks", step) for seed in training.seeds]
    objective = registry.load("train.objectives", training.objective["kind"])
    return objective.batch(text, draws, training.objective)


@torch.no_grad()
def answered(model: Model, parameters: Parameters, query: Query, device: torch.device) -> Answers:
    """Mean −log p a token, and the share of pairs whose every answer token comes first: (S,) each."""
    answers = tensor(query.answers, device)
    logits = asked(model, parameters, query, device)
    nll = F.cross_entropy(logits.flatten(0, 2), answers.flatten(), reduction="none").view(len(answers), -1).mean(1)
    right = (logits.argmax(-1) == answers).all(-1).float().mean(1)
    return nll.cpu().numpy(), right.cpu().numpy()
