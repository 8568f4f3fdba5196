"""Scores between the answer's places and the given entity, for every layer and head, of one batch of questions.

The control asks the same queries for a wrong key: the given entity of the next question of the batch that is put in the
same words and has as many tokens, so that its key stands in the same place. What remains of a correlation then comes
from the query, and what is missing of the mass is what the head knows the entity by.
"""

import itertools
from collections.abc import Hashable, Sequence

import numpy as np
import torch

from reversal.language.probe.recording import Rows

SCORE, WEIGHT, WRONG_SCORE, WRONG_WEIGHT = range(4)
"""What is kept of each layer, question and head, means over the answer's tokens: S, the mean over the given entity's
tokens; the attention weight, summed over them; both again for the wrong key in the entity's place."""


class Collector:
    """Takes the rows of a layer and keeps four numbers of each question and head."""

    def __init__(self, given: torch.Tensor, wrong: torch.Tensor) -> None:
        """Look from the rows at the places `given` (n, c); `wrong` (n,) is the question whose key is the wrong one, or −1."""
        self.given = given
        self.wrong = wrong
        self.found: dict[int, torch.Tensor] = {}

    def __call__(self, layer: int, rows: Rows) -> None:
        """Take one layer's rows; nothing waits for a GPU here."""
        given, wrong = self.given.to(rows.key.device), self.wrong.to(rows.key.device)
        columns = given[:, None, None, :].expand(*rows.scores.shape[:3], -1)
        key = rows.key.gather(2, given[:, None, :, None].expand(-1, rows.key.shape[1], -1, rows.key.shape[3]))
        score, other = rows.scores.gather(-1, columns), rows.against(key[wrong])
        biased = rows.scores + rows.bias
        instead = biased.scatter(-1, columns, biased.gather(-1, columns) - score + other)
        weight, wrong_weight = (all_of.softmax(-1).gather(-1, columns) for all_of in (biased, instead))
        none = torch.where(wrong < 0, torch.nan, 0.0)[:, None]
        self.found[layer] = torch.stack(
            [
                score.mean((-2, -1)),
                weight.sum(-1).mean(-1),
                other.mean((-2, -1)) + none,
                wrong_weight.sum(-1).mean(-1) + none,
            ]
        )

    def scores(self) -> np.ndarray:
        """What was kept, layers in order, (4, layers, n, H); not a number for a wrong key where the batch holds none."""
        return np.stack([self.found[layer].cpu().numpy() for layer in sorted(self.found)], axis=1)


def next_of_its_kind(kinds: Sequence[Hashable], given: Sequence[Hashable]) -> list[int]:
    """For each question the next one, round and round, of its kind that gives another entity; −1 where none does."""
    members: dict[Hashable, list[int]] = {}
    for number, kind in enumerate(kinds):
        members.setdefault(kind, []).append(number)
    found = [-1] * len(kinds)
    for group in members.values():
        for at, number in enumerate(group):
            others = (other for other in itertools.chain(group[at + 1 :], group[:at]) if given[other] != given[number])
            found[number] = next(others, -1)
    return found
