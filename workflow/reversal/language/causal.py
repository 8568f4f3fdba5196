"""A causal model is asked: what comes after the text before the answer.

NLL and exact match come from showing it the answer but its last token: it decodes greedily every token of the answer
exactly where each is likeliest after those before it. A candidate of several tokens is shown the same way. Candidates
share beginnings, which are shown once; what stands behind a place cannot be seen from it, so shorter ones are padded
with any token.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from reversal.language.answer import Answer, Answers
from reversal.language.batches import batches
from reversal.language.loaded import Loaded
from reversal.language.quiz import Question, Quiz, Tokens


@torch.no_grad()
def answer(loaded: Loaded, quiz: Quiz, questions: Sequence[Question], batch: int) -> list[Answer]:
    """Every question's answer."""
    found = Answers(quiz, questions)
    for group in batches(list(enumerate(questions)), lambda one: (one[1].prompt.answer, one[1].among), batch):
        places, asked = zip(*group, strict=True)
        candidates = quiz.candidates[asked[0].among]
        found.know(places, *_own(loaded, asked))
        found.score(places, asked[0].among, range(len(candidates)), _candidates(loaded, asked, candidates, batch))
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


def _candidates(loaded: Loaded, questions: Sequence[Question], candidates: Sequence[Tokens], batch: int) -> np.ndarray:
    """Mean log p a token of every candidate after each prompt, (n, C)."""
    paths, which = beginnings(candidates)
    longest = max(map(len, paths))
    words = torch.tensor(_padded(candidates, longest + 1), device=loaded.device)
    written = torch.tensor(
        [[step < len(one) for step in range(longest + 1)] for one in candidates], device=loaded.device
    )
    shown = torch.tensor(_padded(paths, longest), dtype=torch.long, device=loaded.device).view(len(paths), longest)
    first = questions[0].prompt.answer[0]
    prompts = torch.tensor([question.prompt.tokens[:first] for question in questions], device=loaded.device)
    steps = torch.arange(longest + 1, device=loaded.device)
    found = np.empty((len(questions), len(candidates)), dtype=np.float32)
    for rows, columns in _tiles(len(questions), len(paths), batch):
        here = [number for number, path in enumerate(which) if path in columns]
        tokens = torch.cat(
            [
                prompts[rows.start : rows.stop].repeat_interleave(len(columns), 0),
                shown[columns.start : columns.stop].repeat(len(rows), 1),
            ],
            dim=1,
        )
        read = loaded.see(tokens, (first + steps).expand(len(tokens), -1))
        home = read.logits.device
        path = torch.tensor([which[number] - columns.start for number in here], device=home)
        sentence = torch.arange(len(rows), device=home)[:, None] * len(columns) + path
        picked = read.log_p(sentence[..., None], steps.to(home), words[here].to(home))
        kept = written[here].to(home)
        mean = picked.where(kept, 0).sum(-1) / kept.sum(-1)
        found[rows.start : rows.stop, here] = mean.cpu().numpy()
    return found


def beginnings(candidates: Sequence[Tokens]) -> tuple[list[Tokens], list[int]]:
    """The fewest token sequences that begin with all but the last token of every candidate, and which of them does so."""
    needed = sorted({tuple(one[:-1]) for one in candidates})
    paths = [
        one for one, following in zip(needed, [*needed[1:], None], strict=True)
        if following is None or following[: len(one)] != one
    ]  # fmt: skip
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
