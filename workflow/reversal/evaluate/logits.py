"""The table `logits`: every prompt's logits of many candidates, which P1 draws as heat maps (section 5.1).

Prompts are whole ones, relation included: `target`, A R, and `reverse`, B R'. Pairs told both ways and pairs told one way
only are kept apart, and of each kind the first few are taken: they are the prompts and the candidates.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from reversal.data.pairs import Pairs
from reversal.data.queries import frames, reverse, target
from reversal.data.query import Form
from reversal.models.model import Model, asked
from reversal.models.position import Parameters


class Map(NamedTuple):
    """One query of the first n pairs of one kind."""

    query: str
    both_ways: bool
    trained: np.ndarray
    """bool (S, n): was this query of the prompt's pair in the training text?"""
    logits: np.ndarray
    """float32 (S, n, n): seed, prompt, candidate; over the mean logit of the answer's type."""


@torch.no_grad()
def maps(
    model: Model,
    parameters: Parameters,
    pairs: Sequence[Pairs],
    data: Mapping[str, Any],
    form: Form,
    facts: int,
    device: torch.device,
) -> Iterator[Map]:
    """The maps of both queries and of both kinds of pairs; none of a kind that the text does not have.

    Args:
        model: the architecture.
        parameters: at a checkpoint, (S, …).
        pairs: of each seed.
        data: settings of the text.
        form: how the model is asked.
        facts: most pairs of a kind.
        device: where to compute.
    """
    told = np.stack([run.both_ways for run in pairs])
    seeds = np.arange(len(pairs))[:, None]
    for query in (target(pairs, data, form), reverse(pairs, data, form, frames(data)[0])):
        logits = asked(model, parameters, query, device).cpu().numpy()
        for kind in (False, True):
            count = min(facts, int((told == kind).sum(1).min()))
            if count:
                chosen = np.stack([np.flatnonzero(row)[:count] for row in told == kind])
                prompts = zip(logits[seeds, chosen], pairs, chosen, strict=True)
                found = np.stack([_over_type(of_seed, run, rows, query.asks_a) for of_seed, run, rows in prompts])
                yield Map(query.name, kind, query.trained[seeds, chosen], found)


def _over_type(logits: np.ndarray, run: Pairs, rows: np.ndarray, asks_a: bool) -> np.ndarray:
    """One seed's map (n, n) from the logits (n, w, V) of the prompts of pairs `rows` (n,).

    A candidate is the entity of its pair that has the type asked for, and where labels are permuted, the one that its
    pair's label says; its logit is the mean over its tokens in their places, as in the table `weights`.
    """
    kinds = run.a_type if asks_a else 1 - run.a_type
    words = np.stack([run.words(0), run.words(1)])[kinds[rows]]
    candidates = words[:, run.answer[rows] if asks_a else rows]
    own = np.take_along_axis(logits, candidates.transpose(0, 2, 1), -1).mean(1)
    every = np.take_along_axis(logits.mean(1), words.reshape(len(rows), -1), -1)
    return own - every.mean(-1, keepdims=True)
