"""A causal model is asked: what comes after the text before the answer.

NLL and exact match come from showing it the answer but its last token: it decodes greedily every token of the answer
exactly where each is likeliest after those before it. Candidates of several tokens are shown behind a prompt that is
read once. They share beginnings, which are shown once; what stands behind a place cannot be seen from it, so shorter
ones are padded with any token.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from reversal.language.probe.answer import Answer, Answers
from reversal.language.probe.batches import batches
from reversal.language.probe.loaded import Loaded
from reversal.language.probe.quiz import Question, Quiz, Tokens

CONTINUED = 4
"""So many times the sentences of a batch are continued at once: what continues them is a few tokens."""


@torch.no_grad()
def answer(loaded: Loaded, quiz: Quiz, questions: Sequence[Question], batch: int) -> list[Answer]:
    """Every question's answer."""
    found = Answers(quiz, questions)
    numbered = list(enumerate(questions))
    for group in batches(numbered, lambda one: one[1].prompt.answer, batch):
        places, asked = zip(*group, strict=True)
        found.know(places, *_own(loaded, asked))
    for group in batches(numbered, lambda one: (one[1].prompt.answer[0], one[1].among), batch):
        places, asked = zip(*group, strict=True)
        among = asked[0].among
        candidates = quiz.candidates[among]
        scores = _candidates(loaded, asked, candidates, batch * CONTINUED)
        found.score(places, among, range(len(candidates)), scores)
    return found.all()


def _own(loaded: Loaded, questions: Sequence[Question]) -> tuple[np.ndarray, np.ndarray]:
    """Exact match and NLL; the answers stand in one place."""
    first, last = questions[0].prompt.answer
    tokens = torch.tensor([question.prompt.tokens[:last] for question in questions], device=loaded.device)
    places = torch.arange(first, last, device=loaded.device).expand(len(tokens), -1)
    read = loaded.see(tokens[:, :-1], places)
    home = read.logits.device
    answers = tokens[:, first:].to(home)
    rows, steps = torch.arange(len(tokens), device=home)[:, None], torch.arange(last - first, device=home)
    nll = -read.log_p(rows, steps, answers).mean(-1)
    return (read.logits.argmax(-1) == answers).all(-1).cpu().numpy(), nll.cpu().numpy()


def _candidates(loaded: Loaded, questions: Sequence[Question], candidates: Sequence[Tokens], most: int) -> np.ndarray:
    """Mean log p a token of every candidate after each prompt, (n, C)."""
    paths, which = beginnings(candidates)
    first = questions[0].prompt.answer[0]
    prompts = torch.tensor([question.prompt.tokens[:first] for question in questions], device=loaded.device)
    found = np.empty((len(questions), len(candidates)), dtype=np.float32)
    for rows, columns in _tiles(len(questions), len(paths), most):
        length = max(len(paths[column]) for column in columns)
        shown = torch.tensor(_padded([paths[column] for column in columns], length), device=loaded.device)
        read = loaded.after(prompts[rows.start : rows.stop], shown.long().view(len(columns), length))
        home = read.logits.device
        here = [number for number, path in enumerate(which) if path in columns]
        words = torch.tensor(_padded([candidates[number] for number in here], length + 1), device=home)
        sizes = torch.tensor([len(candidates[number]) for number in here], device=home)
        path = torch.tensor([which[number] - columns.start for number in here], device=home)
        sentence = torch.arange(len(rows), device=home)[:, None] * len(columns) + path
        steps = torch.arange(length + 1, device=home)
        picked = read.log_p(sentence[..., None], steps, words).where(steps < sizes[:, None], 0)
        found[rows.start : rows.stop, here] = (picked.sum(-1) / sizes).cpu().numpy()
    return found


def beginnings(candidates: Sequence[Tokens]) -> tuple[list[Tokens], list[int]]:
    """The fewest token sequences that begin with all but the last token of every candidate, and which of them does so.

    Short ones first, so that few of those that are shown together are padded.
    """
    needed = sorted({tuple(one[:-1]) for one in candidates})
    paths = [
        one for one, following in zip(needed, [*needed[1:], None], strict=True)
        if following is None or following[: len(one)] != one
    ]  # fmt: skip
    paths.sort(key=len)
    which = [
        next(number for number, path in enumerate(paths) if path[: len(one) - 1] == one[:-1]) for one in candidates
    ]
    return paths, which


def _padded(words: Sequence[Tokens], length: int) -> list[list[int]]:
    return [[*word, *[0] * (length - len(word))] for word in words]


def _tiles(rows: int, columns: int, most: int) -> Iterator[tuple[range, range]]:
    """Rectangles of at most so many cells that cover a table."""
    wide = min(columns, most)
    high = max(1, most // wide)
    for row in range(0, rows, high):
        for column in range(0, columns, wide):
            yield range(row, min(row + high, rows)), range(column, min(column + wide, columns))
