"""A masked model is asked: [M] in the answer's place, as many as the answer has tokens.

So the number of masks tells how long the answer is, and every candidate is scored with as many masks as it has tokens
itself; mean log p a token makes lengths comparable. NLL and rank read all masks at once. Greedy decoding fills them in
at once, or the most confident first and each with those before it in sight (LLaDA's low-confidence remasking, Nie et
al. 2025, one token a pass).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from reversal.language.probe.answer import Answer, Answers
from reversal.language.probe.batches import batches
from reversal.language.probe.loaded import Loaded, Seen
from reversal.language.probe.prompts import Span
from reversal.language.probe.quiz import Question, Quiz
from reversal.language.probe.recording import recorded
from reversal.language.probe.scores import Collector, next_of_its_kind

SCORED = ("source", "reverse")
"""Queries between whose scores P2 sees a correlation."""


class Ask(NamedTuple):
    """One question with so many masks."""

    place: int
    """Of the question among those asked."""
    question: Question
    tokens: list[int]
    slots: Span
    given: Span
    own: bool
    """Are there as many masks as the answer has tokens?"""

    @property
    def scored(self) -> bool:
        """Are the heads looked at?"""
        return self.own and self.question.query in SCORED

    @property
    def shape(self) -> tuple[int, int, int, bool]:
        """What sentences of one batch have in common."""
        return len(self.tokens), self.slots[1] - self.slots[0], self.given[1] - self.given[0], self.scored


def masked(place: int, question: Question, width: int, mask: int) -> Ask:
    """A question with so many masks in its answer's place."""
    prompt = question.prompt
    first, last = prompt.answer
    shift = width - (last - first) if prompt.given[0] > first else 0
    tokens = prompt.tokens[:first] + [mask] * width + prompt.tokens[last:]
    given = (prompt.given[0] + shift, prompt.given[1] + shift)
    return Ask(place, question, tokens, (first, first + width), given, own=width == last - first)


@torch.no_grad()
def answer(
    loaded: Loaded, quiz: Quiz, questions: Sequence[Question], batch: int, decoding: str
) -> tuple[list[Answer], dict[int, np.ndarray]]:
    """Every question's answer, and what the heads saw: place among `questions` → the four numbers of `scores`, (4, layers, H)."""
    widths = [{len(tokens) for tokens in candidates} for candidates in quiz.candidates]
    asks = [
        masked(place, question, width, loaded.mask)
        for place, question in enumerate(questions)
        for width in sorted({len(question.prompt.answers)} | widths[question.among])
    ]
    asks.sort(key=lambda ask: _words(ask.question))
    found = Answers(quiz, questions)
    seen: dict[int, np.ndarray] = {}
    for group in batches(asks, lambda ask: ask.shape, batch):
        tokens, places = (torch.tensor(part, device=loaded.device) for part in _table(group))
        read, scores = _look(loaded, group, tokens, places)
        if scores is not None:
            seen |= {ask.place: scores[:, :, row] for row, ask in enumerate(group)}
        _own(loaded, group, tokens, places, read, decoding, found)
        _candidates(quiz, group, read, found)
    return found.all(), seen


def _words(question: Question) -> tuple[str, str, str, int]:
    """What questions put in the same words have in common."""
    return question.query, question.relation, question.frame, question.template


def _table(group: Sequence[Ask]) -> tuple[list[list[int]], list[list[int]]]:
    """Tokens (n, L) and the masks' places (n, w)."""
    return [ask.tokens for ask in group], [list(range(*ask.slots)) for ask in group]


def _look(
    loaded: Loaded, group: Sequence[Ask], tokens: torch.Tensor, places: torch.Tensor
) -> tuple[Seen, np.ndarray | None]:
    """What the model says at the masks, and the four numbers of `scores`, (4, layers, n, H), where they are wanted."""
    if not group[0].scored:
        return loaded.see(tokens, places), None
    kinds = [(*_words(ask.question), ask.given) for ask in group]
    given = [tuple(ask.tokens[slice(*ask.given)]) for ask in group]
    collector = Collector(
        torch.tensor([list(range(*ask.given)) for ask in group]), torch.tensor(next_of_its_kind(kinds, given))
    )
    with recorded(loaded.layers, places, collector, loaded.name):
        read = loaded.see(tokens, places)
    return read, collector.scores()


def _own(
    loaded: Loaded,
    group: Sequence[Ask],
    tokens: torch.Tensor,
    places: torch.Tensor,
    read: Seen,
    decoding: str,
    found: Answers,
) -> None:
    """Exact match and NLL of the questions with their own number of masks."""
    own = [row for row, ask in enumerate(group) if ask.own]
    if not own:
        return
    home = read.logits.device
    rows, steps = torch.tensor(own, device=home)[:, None], torch.arange(places.shape[1], device=home)
    answers = torch.tensor([group[row].question.prompt.answers for row in own], device=home)
    nll = -read.log_p(rows, steps, answers).mean(-1)
    once = decoding == "at_once" or places.shape[1] == 1
    filled = read.logits.argmax(-1) if once else _confident_first(loaded, tokens, places, read)
    exact = (filled[own] == answers).all(-1)
    found.know([group[row].place for row in own], exact.cpu().numpy(), nll.cpu().numpy())


def _confident_first(loaded: Loaded, tokens: torch.Tensor, places: torch.Tensor, read: Seen) -> torch.Tensor:
    """The tokens (n, w) that a model fills in one a pass, where it is surest."""
    home = read.logits.device
    tokens, rows = tokens.clone(), torch.arange(len(tokens), device=tokens.device)
    left = torch.ones_like(places, dtype=torch.bool)
    for number in range(places.shape[1]):
        if number:
            read = loaded.see(tokens, places)
        highest, best = (part.to(tokens.device) for part in read.logits.max(-1))
        sure = highest - read.norm.to(tokens.device)
        at = sure.masked_fill(~left, -torch.inf).argmax(-1)
        tokens[rows, places[rows, at]] = best[rows, at]
        left[rows, at] = False
    return tokens.gather(1, places).to(home)


def _candidates(quiz: Quiz, group: Sequence[Ask], read: Seen, found: Answers) -> None:
    """Mean log p a token of every candidate that has as many tokens as there are masks."""
    home, width = read.logits.device, read.logits.shape[1]
    steps = torch.arange(width, device=home)
    members: dict[int, list[int]] = {}
    for row, ask in enumerate(group):
        members.setdefault(ask.question.among, []).append(row)
    for among, rows in members.items():
        fits = [number for number, tokens in enumerate(quiz.candidates[among]) if len(tokens) == width]
        if fits:
            tokens = torch.tensor([quiz.candidates[among][number] for number in fits], device=home)
            scores = read.log_p(torch.tensor(rows, device=home)[:, None, None], steps, tokens).mean(-1)
            found.score([group[row].place for row in rows], among, fits, scores.cpu().numpy())
