"""The table `queries`: how each query is answered at one checkpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from reversal.data.pairs import Pairs
from reversal.data.queries import Form, Query, every, frames, own_distance, reverse, source
from reversal.device import tensor
from reversal.models.model import Model, asked
from reversal.models.position import Parameters


def questions(pairs: Sequence[Pairs], data: Mapping[str, Any], form: Form, across: Sequence[int]) -> list[Query]:
    """All queries at the layout's own distance; `reverse`, and `source` of masked models, at those of `across` too."""
    sources = [source(pairs, data, form, distance) for distance in across if form.masked]
    reverses = [reverse(pairs, data, form, frames(data)[0], distance) for distance in across]
    return [*every(pairs, data, form), *sources, *reverses]


def further(data: Mapping[str, Any], distances: Sequence[int], reach: int | None) -> list[int]:
    """Distances beside the layout's own at which a sentence still fits its tokens and the model's positions."""
    own = own_distance(data)
    fits = [distance for distance in distances if distance >= own and distance != own]
    last = data["word_size"] + 1
    return [distance for distance in fits if reach is None or distance + last <= reach]


@torch.no_grad()
def answer(
    model: Model, parameters: Parameters, query: Query, pairs: Sequence[Pairs], masked: bool, device: torch.device
) -> dict[str, np.ndarray]:
    """Each measure of the table `queries`, (S, N), for S seeds and N pairs."""
    answers = tensor(query.answers, device)
    logits = asked(model, parameters, query, device)
    log_p = logits.log_softmax(-1)
    picked = log_p.gather(-1, answers.unsqueeze(-1)).squeeze(-1)
    words, own = _words(pairs, query)
    words, own = tensor(words, device), tensor(own, device)
    scores = _word_scores(model, parameters, query, log_p, words, masked, device)
    among = scores.log_softmax(-1).gather(-1, own.unsqueeze(-1)).squeeze(-1)
    mass_answer, mass_given = _masses(log_p.exp(), pairs, query, device)
    probability = log_p.exp().mean(2)
    measures = {
        "nll": -picked.mean(-1),
        "probability": picked.sum(-1).exp(),
        "candidate_nll": -among,
        "candidate_probability": among.exp(),
        "rank": _mid_rank(logits, answers).mean(-1),
        "candidate_rank": _mid_rank(scores, own),
        "mass_a": mass_answer if query.asks_a else mass_given,
        "mass_b": mass_given if query.asks_a else mass_answer,
        "echo": probability.gather(-1, tensor(query.given, device)).sum(-1),
    }
    return {name: value.clamp(min=0).cpu().numpy() for name, value in measures.items()}


def _words(pairs: Sequence[Pairs], query: Query) -> tuple[np.ndarray, np.ndarray]:
    """Candidate words of each pair's answer, (S, N, C, w), and which of them is right, (S, N)."""
    words, own = [], []
    for run, answers in zip(pairs, query.answers, strict=True):
        kinds = np.stack([run.words(0), run.words(1)])
        kind = run.a_type if query.asks_a else 1 - run.a_type
        words.append(kinds[kind])
        own.append((words[-1] == answers[:, None]).all(-1).argmax(-1))
    return np.stack(words), np.stack(own)


def _word_scores(
    model: Model,
    parameters: Parameters,
    query: Query,
    log_p: torch.Tensor,
    words: torch.Tensor,
    masked: bool,
    device: torch.device,
) -> torch.Tensor:
    """log p of every candidate word in each pair's answer place, (S, N, C).

    A masked model answers all tokens of a word at once. A next-token model of words of several tokens is
    shown each candidate's first tokens in turn.
    """
    if masked or words.shape[-1] == 1:
        slots = [log_p[:, :, slot].gather(-1, words[..., slot]) for slot in range(words.shape[-1])]
        return torch.stack(slots).sum(0)
    columns = []
    for candidate in words.unbind(2):
        shown = query.tokens.copy()
        shown[..., query.slots[1:]] = candidate[..., :-1].cpu().numpy()
        told = asked(model, parameters, query._replace(tokens=shown), device).log_softmax(-1)
        columns.append(told.gather(-1, candidate.unsqueeze(-1)).squeeze(-1).sum(-1))
    return torch.stack(columns, dim=-1)


def _mid_rank(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """1 + how many score higher + half of those that score the same."""
    own = scores.gather(-1, right.unsqueeze(-1))
    return 1 + (scores > own).sum(-1) + ((scores == own).sum(-1) - 1) / 2


def _masses(
    p: torch.Tensor, pairs: Sequence[Pairs], query: Query, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probability on the answer's type and on the given entity's type, (S, N) each, mean over answer tokens."""
    vocabulary = p.shape[-1]
    of_type = np.zeros((len(pairs), 2, vocabulary), dtype=np.float32)
    kinds = np.stack([run.a_type for run in pairs])
    for number, run in enumerate(pairs):
        for kind in (0, 1):
            of_type[number, kind, run.words(kind).ravel()] = 1
    mass = torch.einsum("snwv,skv->snk", p, tensor(of_type, device)) / p.shape[2]
    answered = tensor(kinds if query.asks_a else 1 - kinds, device).unsqueeze(-1)
    return mass.gather(-1, answered).squeeze(-1), mass.gather(-1, 1 - answered).squeeze(-1)
