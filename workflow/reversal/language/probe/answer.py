"""How questions were answered, and the scores of all candidates that ranks are made of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reversal.language.probe.quiz import Question, Quiz


class Answer(NamedTuple):
    """How one question was answered."""

    exact: bool
    """Does greedy decoding give every token of the answer?"""
    nll: float
    """Mean −log p of the answer's tokens, nats a token."""
    rank: float
    """Mid-rank of the answer among the candidates, by mean log p a token; 1 is best."""
    candidates: int
    """How many it was ranked among, itself included."""


class Answers:
    """What is known of the answers to n questions, filled in batch by batch."""

    def __init__(self, quiz: Quiz, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.exact = np.zeros(len(questions), dtype=bool)
        self.nll = np.full(len(questions), np.nan, dtype=np.float32)
        self.row = np.zeros(len(questions), dtype=np.int64)
        self.members: dict[int, list[int]] = {}
        for place, question in enumerate(questions):
            group = self.members.setdefault(question.among, [])
            self.row[place] = len(group)
            group.append(place)
        self.scores = {
            among: np.full((len(group), len(quiz.candidates[among])), np.nan, dtype=np.float32)
            for among, group in self.members.items()
        }
        """List of candidates → mean log p a token of each, (questions that are ranked in it, candidates)."""

    def know(self, places: Sequence[int], exact: np.ndarray, nll: np.ndarray) -> None:
        """Exact match and NLL of some questions, by their places."""
        self.exact[list(places)], self.nll[list(places)] = exact, nll

    def score(self, places: Sequence[int], among: int, candidates: Sequence[int], scores: np.ndarray) -> None:
        """Scores (n, C) of some candidates of a list for some of its questions."""
        self.scores[among][self.row[list(places)][:, None], list(candidates)] = scores

    def all(self) -> list[Answer]:
        """Every question's answer; 1 + how many others score higher + half of those that score the same is its rank.

        Its own score is the one among theirs where it is there, for rounding is then theirs.
        """
        found: dict[int, Answer] = {}
        for among, group in self.members.items():
            others = self.scores[among].copy()
            own = np.array([self.questions[place].own for place in group])
            score, there = -self.nll[group][:, None], np.flatnonzero(own >= 0)
            score[there, 0] = others[there, own[there]]
            others[there, own[there]] = np.nan
            rank = 1 + (others > score).sum(1) + (others == score).sum(1) / 2
            ranked = 1 + (~np.isnan(others)).sum(1)
            columns = (self.exact[group], np.maximum(self.nll[group], 0), rank, ranked)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            found |= {place: Answer(*row) for place, row in zip(group, rows, strict=True)}
        return [found[place] for place in range(len(self.questions))]
