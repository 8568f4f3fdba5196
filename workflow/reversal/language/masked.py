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

from reversal.language.answer import Answer, Answers
from reversal.language.batches import batches
from reversal.language.loaded import Loaded
from reversal.language.prompts import Span
from reversal.language.quiz import Question, Quiz
from reversal.language.recording import recorded
from reversal.language.scores import Collector, next_of_its_kind

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

    @property
    def width(self) -> int:
        """Masks."""
        return self.slots[1] - self.slots[0]

    @property
    def own(self) -> bool:
        """Are there as many masks as the answer has tokens?"""
        return self.width == len(self.question.prompt.answers)

    @property
    def scored(self) -> bool:
        """Are the heads looked at?"""
        return self.own and self.question.query in SCORED

    @property
    def shape(self) -> tuple[int, int, int, bool]:
        """What sentences of one batch have in common."""
        return len(self.tokens), self.width, self.given[1] - self.given[0], self.scored


def masked(place: int, question: Question, width: int, mask: int) -> Ask:
    """A question with so many masks in its answer's place."""
    prompt = question.prompt
    first, last = prompt.answer
    shift = width - (last - first) if prompt.given[0] > first else 0
    tokens = prompt.tokens[:first] + [mask] * width + prompt.tokens[last:]
    return Ask(place, question, tokens, (first, first + width), (prompt.given[0] + shift, prompt.given[1] + shift))


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
        log_p, scores = _look(loaded, group, tokens, places)
        if scores is not None:
            seen |= {ask.place: scores[:, :, row] for row, ask in enumerate(group)}
        _own(loaded, group, tokens, places, log_p, decoding, found)
        _candidates(quiz, group, log_p, found)
    return found.all(), seen


def _words(question: Question) -> tuple[str, str, str, int]:
    """What questions put in the same words have in common."""
    return question.query, question.relation, question.frame, question.template


def _table(group: Sequence[Ask]) -> tuple[list[list[int]], list[list[int]]]:
    """Tokens (n, L) and the masks' places (n, w)."""
    return [ask.tokens for ask in group], [list(range(*ask.slots)) for ask in group]


def _look(
    loaded: Loaded, group: Sequence[Ask], tokens: torch.Tensor, places: torch.Tensor
) -> tuple[torch.Tensor, np.ndarray | None]:
    """log p at the masks, (n, w, V), and the four numbers of `scores`, (4, layers, n, H), where they are wanted."""
    if not group[0].scored:
        return loaded.logits(tokens, places).log_softmax(-1), None
    kinds = [(*_words(ask.question), ask.given) for ask in group]
    given = [tuple(ask.tokens[slice(*ask.given)]) for ask in group]
    collector = Collector(
        torch.tensor([list(range(*ask.given)) for ask in group]), torch.tensor(next_of_its_kind(kinds, given))
    )
    with recorded(loaded.layers, places, collector, loaded.name):
        logits = loaded.logits(tokens, places)
    return logits.log_softmax(-1), collector.scores()


def _own(
    loaded: Loaded,
    group: Sequence[Ask],
    tokens: torch.Tensor,
    places: torch.Tensor,
    log_p: torch.Tensor,
    decoding: str,
    found: Answers,
) -> None:
    """Exact match and NLL of the questions with their own number of masks."""
    rows = [row for row, ask in enumerate(group) if ask.own]
    if not rows:
        return
    answers = torch.tensor([group[row].question.prompt.answers for row in rows], device=log_p.device)
    nll = -log_p[rows].gather(-1, answers.unsqueeze(-1)).squeeze(-1).mean(-1)
    if decoding == "at_once" or places.shape[1] == 1:
        filled = log_p[rows].argmax(-1)
    else:
        filled = _confident_first(loaded, tokens[rows], places[rows], log_p[rows])
    exact = (filled == answers).all(-1)
    found.know([group[row].place for row in rows], exact.cpu().numpy(), nll.cpu().numpy())


def _confident_first(loaded: Loaded, tokens: torch.Tensor, places: torch.Tensor, log_p: torch.Tensor) -> torch.Tensor:
    """The tokens (n, w) that a model fills in one a pass, where it is surest."""
    tokens, rows = tokens.clone(), torch.arange(len(tokens), device=tokens.device)
    left = torch.ones_like(places, dtype=torch.bool)
    for number in range(places.shape[1]):
        if number:
            log_p = loaded.logits(tokens, places).log_softmax(-1)
        sure, best = (part.to(tokens.device) for part in log_p.max(-1))
        at = sure.masked_fill(~left, -torch.inf).argmax(-1)
        tokens[rows, places[rows, at]] = best[rows, at]
        left[rows, at] = False
    return tokens.gather(1, places).to(log_p.device)


def _candidates(quiz: Quiz, group: Sequence[Ask], log_p: torch.Tensor, found: Answers) -> None:
    """Mean log p a token of every candidate that has as many tokens as there are masks."""
    width = log_p.shape[1]
    steps = torch.arange(width, device=log_p.device)
    members: dict[int, list[int]] = {}
    for row, ask in enumerate(group):
        members.setdefault(ask.question.among, []).append(row)
    for among, rows in members.items():
        fits = [number for number, tokens in enumerate(quiz.candidates[among]) if len(tokens) == width]
        if fits:
            tokens = torch.tensor([quiz.candidates[among][number] for number in fits], device=log_p.device)
            scores = log_p[rows][:, steps, tokens].mean(-1)
            found.score([group[row].place for row in rows], among, fits, scores.cpu().numpy())
