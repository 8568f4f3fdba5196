"""The table `heads`: r of S_fwd and S_rev over facts at one Δ, and the attention mass beside it, for every head.

S_fwd is read in the `source` question, [M] before B, and S_rev in the `reverse` question, B before [M], of the same
fact at the same Δ. Numbers of each question live as long as its portion of facts; moments and sums alone go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from reversal.language.probe.moments import Moments, moments, within
from reversal.language.probe.quiz import Question
from reversal.language.probe.scores import SCORE, WEIGHT, WRONG_SCORE, WRONG_WEIGHT

Stratum = tuple[str, int, int, float]
"""Relation, template of the source question, template of the reverse question, Δ."""
EVERY = "all"
"""What stands for all relations together."""


class Sum(NamedTuple):
    """A mean in the making."""

    count: np.ndarray
    total: np.ndarray

    def mean(self) -> np.ndarray:
        """Not a number where nothing was counted."""
        with np.errstate(invalid="ignore"):
            return self.total / self.count


class Summary:
    """What all questions so far say of every head."""

    def __init__(self) -> None:
        self.matched: dict[Stratum, Moments] = {}
        self.wrong: dict[Stratum, Moments] = {}
        self.sums: dict[tuple[str, str], Sum] = {}
        """Relation and query → the four numbers of `scores`, (4, layers, H)."""
        self.facts: dict[str, set[int]] = {}

    def add(self, questions: Sequence[Question], seen: Mapping[int, np.ndarray]) -> None:
        """Take the questions of some facts: all of a fact's or none, with their four numbers of `scores` (4, layers, H) by place."""
        for place, values in seen.items():
            key = (questions[place].relation, questions[place].query)
            known = np.isfinite(values)
            before = self.sums.get(key, Sum(np.zeros(values.shape), np.zeros(values.shape)))
            self.sums[key] = Sum(before.count + known, before.total + np.where(known, values, 0))
        strata: dict[Stratum, list[tuple[np.ndarray, np.ndarray]]] = {}
        for source, reverse in _matched(questions, seen):
            one, other = questions[source], questions[reverse]
            stratum = (one.relation, one.template, other.template, one.prompt.distance)
            strata.setdefault(stratum, []).append((seen[source], seen[reverse]))
            self.facts.setdefault(one.relation, set()).add(one.fact)
        for stratum, pairs in strata.items():
            sources, reverses = (np.stack(side) for side in zip(*pairs, strict=True))
            _merge(self.matched, stratum, sources[:, SCORE], reverses[:, SCORE])
            known = np.isfinite(reverses[:, WRONG_SCORE]).all((1, 2))
            if known.any():
                _merge(self.wrong, stratum, sources[known, SCORE], reverses[known, WRONG_SCORE])

    def rows(self, seed: int, step: int) -> dict[str, Any]:
        """The columns of the table; relations in order, all of them together last."""
        relations = sorted({relation for relation, _ in self.sums})
        parts = [self._relation(relation, [relation]) for relation in relations] + [self._relation(EVERY, relations)]
        columns = {name: np.concatenate([part[name] for part in parts]).tolist() for name in parts[0]}
        rows = len(columns["layer"])
        return {"seed": [seed] * rows, "step": [step] * rows, **columns}

    def _relation(self, name: str, relations: Sequence[str]) -> dict[str, np.ndarray]:
        """One row a layer and head."""
        sums = {query: self._sum(relations, query) for query in ("source", "reverse")}
        shape = sums["source"].shape[1:]
        matched = [(stratum, found) for stratum, found in self.matched.items() if stratum[0] in relations]
        nothing = np.full(shape, np.nan)
        found = within(one for _, one in matched) if matched else None
        wrong = [one for stratum, one in self.wrong.items() if stratum[0] in relations]
        pairs = found.count if found else 0
        distance = sum(stratum[3] * one.count for stratum, one in matched) / pairs if pairs else np.nan
        layer, head = (grid.ravel() for grid in np.indices(shape))
        constant = {
            "relation": name,
            "distance": distance,
            "facts": len(set().union(*(self.facts.get(relation, ()) for relation in relations))),
            "pairs": pairs,
            "strata": len(matched),
            "freedom": found.freedom if found else 0,
        }
        measures = {
            "r": found.r if found else nothing,
            "wrong_r": within(wrong).r if wrong else nothing,
            "score_fwd": sums["source"][SCORE],
            "score_rev": sums["reverse"][SCORE],
            "weight_fwd": sums["source"][WEIGHT],
            "weight_rev": sums["reverse"][WEIGHT],
            "wrong_weight_fwd": sums["source"][WRONG_WEIGHT],
            "wrong_weight_rev": sums["reverse"][WRONG_WEIGHT],
        }
        return {
            "layer": layer,
            "head": head,
            **{key: np.full(layer.size, value) for key, value in constant.items()},
            **{key: value.ravel() for key, value in measures.items()},
        }

    def _sum(self, relations: Sequence[str], query: str) -> np.ndarray:
        """Means of the four numbers of `scores` over the questions of some relations, (4, layers, H)."""
        some = next(iter(self.sums.values()))
        parts = [self.sums[relation, query] for relation in relations if (relation, query) in self.sums]
        if not parts:
            return np.full(some.total.shape, np.nan)
        return Sum(sum(part.count for part in parts), sum(part.total for part in parts)).mean()


def _merge(into: dict[Stratum, Moments], stratum: Stratum, x: np.ndarray, y: np.ndarray) -> None:
    found = moments(x, y)
    into[stratum] = into[stratum].merged(found) if stratum in into else found


def _matched(questions: Sequence[Question], seen: Mapping[int, np.ndarray]) -> Iterator[tuple[int, int]]:
    """Places of a source and a reverse question of one fact at the same Δ."""
    by_fact: dict[tuple[int, float], tuple[list[int], list[int]]] = {}
    for place in sorted(seen):
        question = questions[place]
        sides = by_fact.setdefault((question.fact, question.prompt.distance), ([], []))
        sides[question.query == "reverse"].append(place)
    for sources, reverses in by_fact.values():
        yield from ((source, reverse) for source in sources for reverse in reverses)
