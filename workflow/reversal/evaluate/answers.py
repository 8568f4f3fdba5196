"""The table `queries`: how each query is answered at one checkpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from reversal.data import texts
from reversal.data.pairs import Pairs
from reversal.data.queries import frames, reverse, source
from reversal.data.query import Form, Query, own_distance
from reversal.device import tensor
from reversal.models.model import Model, asked
from reversal.models.position import Parameters


def questions(pairs: Sequence[Pairs], data: Mapping[str, Any], form: Form, across: Sequence[int]) -> list[Query]:
    """All queries at the layout's own distance; `reverse`, and `source` of masked models, at those of `across` too."""
    sources = [source(pairs, data, form, distance) for distance in across if form.masked]
    reverses = [reverse(pairs, data, form, frames(data)[0], distance) for distance in across]
    return [*texts.of(data).every(pairs, data, form), *sources, *reverses]


def further(data: Mapping[str, Any], distances: Sequence[int], reach: int | None) -> list[int]:
    """Distances beside the layout's own at which a sentence still fits its tokens and the model's positions."""
    own = own_distance(data)
    fits = [distance for distance in distances if distance >= own and distance != own]
    last = data["word_size"] + 1
    return [distance for distance in fits if reach is None or distance + last <= reach]


@torch.no_grad()
def answer(
    model: Model,
    parameters: Parameters,
    query: Query,
    pairs: Sequence[Pairs],
    masked: bool,
    device: torch.device,
    *,
    read_out: bool = True,
) -> dict[str, np.ndarray]:
    """Each measure of the table `queries`, (S, N), for S seeds and N pairs.

    Args:
        model: with its `parameters`, of S seeds.
        query: what is asked of them.
        pairs: of each seed.
        masked: does the model fill [M], all tokens of an answer at once?
        device: where to compute.
        read_out: may candidates be shown, each in turn, if the model has to read one to score it (`_read_out`)? If not,
            what it would tell of them is not a number.
    """
    if query.before:
        steps = [query.before, query._replace(before=None)]
        return _all_right(
            *(answer(model, parameters, step, pairs, masked, device, read_out=read_out) for step in steps)
        )
    answers = tensor(query.answers, device)
    logits = asked(model, parameters, query, device)
    log_p = logits.log_softmax(-1)
    picked = log_p.gather(-1, answers.unsqueeze(-1)).squeeze(-1)
    words, own = (tensor(part, device) for part in _words(pairs, query))
    at_once = masked or words.shape[-1] == 1
    scores = torch.full(words.shape[:3], torch.nan, device=device)
    if at_once:
        scores = _at_once(log_p, words)
    elif read_out:
        scores = _read_out(model, parameters, query, log_p, words, device)
    among = scores.log_softmax(-1).gather(-1, own.unsqueeze(-1)).squeeze(-1)
    mass_answer, mass_given = _masses(log_p.exp(), pairs, query, device)
    probability = log_p.exp().mean(2)
    measures = {
        "nll": -picked.mean(-1),
        "probability": picked.sum(-1).exp(),
        "candidate_nll": -among,
        "candidate_probability": among.exp(),
        "rank": _mid_rank(logits, answers).amax(-1),
        "candidate_rank": _mid_rank(scores, own).where(~among.isnan(), torch.nan),
        "mass_a": mass_answer if query.asks_a else mass_given,
        "mass_b": mass_given if query.asks_a else mass_answer,
        "echo": probability.gather(-1, tensor(query.given, device)).sum(-1),
    }
    return {name: value.clamp(min=0).cpu().numpy() for name, value in measures.items()}


def _all_right(*steps: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Measures of an answer in several steps, from those of each step along the right path.

    The answer is as likely as all steps together and ranks as its worst step. So it comes first exactly where a model
    that goes on from its own likeliest answers gets every step right: off the right path, it has one step wrong already.
    """
    join = {
        "nll": np.add,
        "candidate_nll": np.add,
        "probability": np.multiply,
        "candidate_probability": np.multiply,
        "rank": np.maximum,
        "candidate_rank": np.maximum,
    }
    together = {name: [step[name] for step in steps] for name in steps[0]}
    return {
        name: join[name].reduce(measures) if name in join else np.mean(measures, axis=0, dtype=np.float32)
        for name, measures in together.items()
    }


def _words(pairs: Sequence[Pairs], query: Query) -> tuple[np.ndarray, np.ndarray]:
    """Candidate words of each pair's answer, (S, N, C, w), and which of them is right, (S, N)."""
    words, own = [], []
    for run, kinds, answers in zip(pairs, query.answer_type, query.answers, strict=True):
        found, which = np.unique(kinds, return_inverse=True)
        words.append(np.stack([run.words(kind) for kind in found])[which])
        own.append((words[-1] == answers[:, None]).all(-1).argmax(-1))
    return np.stack(words), np.stack(own)


PROMPTS = 2000
"""Prompts shown at once to a model that reads every candidate, so that they stay near a processor's caches."""


def _at_once(log_p: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """log p of every candidate word, (S, N, C), whose tokens are all answered to one and the same prompt."""
    return torch.stack([log_p[:, :, slot].gather(-1, words[..., slot]) for slot in range(words.shape[-1])]).sum(0)


def _read_out(
    model: Model,
    parameters: Parameters,
    query: Query,
    log_p: torch.Tensor,
    words: torch.Tensor,
    device: torch.device,
) -> torch.Tensor:
    """log p of every candidate word, (S, N, C), of a next-token model and words of several tokens.

    It is shown all but the last token of every candidate: each distinct beginning once, many at a time.
    """
    size, vocabulary = words.shape[-1], log_p.shape[-1]
    scores = log_p[:, :, 0].gather(-1, words[..., 0])
    beginnings, which = _beginnings(words.cpu().numpy())
    place = tensor(which, device)
    step = max(1, PROMPTS // (words.shape[0] * words.shape[1]))
    for first in range(0, beginnings.shape[2], step):
        shown = beginnings[:, :, first : first + step]
        count = shown.shape[2]
        logits = _after(model, parameters, query, shown, device)
        norms = logits.logsumexp(-1).sum(-1)
        here = (place - first).clamp(0, count - 1)
        begun = here * (size - 1) * vocabulary
        later = [
            logits.flatten(2).gather(-1, begun + slot * vocabulary + words[..., slot + 1]) for slot in range(size - 1)
        ]
        among = (place >= first) & (place < first + count)
        scores = scores + (torch.stack(later).sum(0) - norms.gather(-1, here)) * among
    return scores


def _beginnings(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct words (S, N, C, w) without their last tokens, (S, N, P, w − 1), and which of them each word has, (S, N, C).

    Many pairs have the same candidates, whose beginnings are sought once; the lists of one query have equally many.
    """
    beginnings, which = [], []
    for run in words:
        flat = run.reshape(len(run), -1)
        _, first, same = np.unique(flat, axis=0, return_index=True, return_inverse=True)
        parted = [np.unique(run[pair, :, :-1], axis=0, return_inverse=True) for pair in first]
        beginnings.append(np.stack([found for found, _ in parted])[same.ravel()])
        which.append(np.stack([place.ravel() for _, place in parted])[same.ravel()])
    return np.stack(beginnings), np.stack(which)


def _after(
    model: Model, parameters: Parameters, query: Query, beginnings: np.ndarray, device: torch.device
) -> torch.Tensor:
    """Scores of all tokens in the places behind an answer's first, (S, N, P, w − 1, V), shown each beginning (S, N, P, w − 1)."""
    seeds, pairs, count, size = beginnings.shape
    tokens = np.repeat(query.tokens, count, axis=1)
    tokens[..., query.slots[1:]] = beginnings.reshape(seeds, pairs * count, size)
    shown = query._replace(
        tokens=tokens,
        positions=np.repeat(query.positions, count, axis=1),
        slots=query.slots[1:],
        answers=tokens[..., query.slots[1:]],
    )
    return asked(model, parameters, shown, device).unflatten(1, (pairs, count))


def _mid_rank(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """1 + how many score higher + half of those that score the same."""
    own = scores.gather(-1, right.unsqueeze(-1))
    return 1 + (scores > own).sum(-1) + ((scores == own).sum(-1) - 1) / 2


def _masses(
    p: torch.Tensor, pairs: Sequence[Pairs], query: Query, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probability on the answer's type and on the given entity's type, (S, N) each, mean over answer tokens."""
    kinds, vocabulary = pairs[0].vocabularies, p.shape[-1]
    of_type = np.zeros((len(pairs), kinds, vocabulary), dtype=np.float32)
    for number, run in enumerate(pairs):
        for kind in range(kinds):
            of_type[number, kind, run.words(kind).ravel()] = 1
    mass = torch.einsum("snwv,skv->snk", p, tensor(of_type, device)) / p.shape[2]
    types = (tensor(kind, device).unsqueeze(-1) for kind in (query.answer_type, query.given_type))
    answered, given = (mass.gather(-1, kind).squeeze(-1) for kind in types)
    return answered, given
