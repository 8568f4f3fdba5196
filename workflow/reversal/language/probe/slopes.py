"""The table `slopes`: does a step that lowers the trained loss of a fact lower its L_rev (P2)?

The trained loss is L_src, or L_tgt of a causal model. A fact's loss is the mean over its questions of the mean −log p of
the answer's tokens; facts are those told one way, all of them where none is. A model's gradient is as large as itself,
so facts stream: two gradients are kept for the cosine of the mean losses, then three at a time for those of single
facts. Where that is still too much, gradients are taken of some layers alone, and the table says of how many.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from reversal.errors import ReversalError
from reversal.language.probe.batches import batches
from reversal.language.probe.loaded import Loaded
from reversal.language.probe.masked import masked
from reversal.language.probe.quiz import Question
from reversal.language.probe.reading import Reading

Gradient = dict[str, torch.Tensor]
SMALLEST = 1e-12
"""A gradient's norm below which it points nowhere: its cosines are 0."""


def align(loaded: Loaded, questions: Sequence[Question], reading: Reading) -> Iterator[dict[str, Any]]:
    """The rows of the table, one a group of parameters; none where there is no fact to ask both questions of."""
    forward = "source" if loaded.masked else "target"
    asked = [_by_fact(questions, query) for query in (forward, "reverse")]
    facts = sorted(asked[0].keys() & asked[1].keys())
    if not facts or not reading.slopes:
        return
    layers = _open(loaded, reading.layers)
    shares = _shares(loaded)
    cosines = _cosines(shares, *(_gradient(loaded, [by[fact] for fact in facts], reading.batch) for by in asked))
    compared = facts[: reading.compared]
    matched, mismatched = _fact_by_fact(
        loaded, shares, [[by[fact] for fact in compared] for by in asked], reading.batch
    )
    for group in cosines:
        yield {
            "forward": forward,
            "group": group,
            "cosine": cosines[group],
            "matched": matched.get(group, np.nan),
            "mismatched": mismatched.get(group, np.nan),
            "facts": len(facts),
            "compared": len(compared),
            "layers": layers,
        }
    loaded.model.requires_grad_(False)


def _by_fact(questions: Sequence[Question], query: str) -> dict[int, list[Question]]:
    """Fact → its questions of one query, of facts told one way where there are such."""
    one_way = any(question.told == "forward" for question in questions)
    found: dict[int, list[Question]] = {}
    for question in questions:
        if question.query == query and (question.told == "forward" or not one_way):
            found.setdefault(question.fact, []).append(question)
    return found


def _open(loaded: Loaded, layers: tuple[int, ...] | None) -> int:
    """Let gradients of some layers or of everything be taken; how many layers that are.

    Raises:
        ReversalError: there is no such layer.
    """
    every = loaded.layers
    if layers is None:
        loaded.model.requires_grad_(True)
        return len(every)
    for number in layers:
        if number not in range(len(every)):
            raise ReversalError(f"layers: {number} is out of range; {loaded.name} has layers 0 to {len(every) - 1}")
        every[number].requires_grad_(True)
    return len(layers)


def _shares(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Parameter → the groups that share its first axis.

    Raises:
        ReversalError: the family's adapter does not know a parameter.
    """
    family, found = loaded.family, {}
    for name, parameter in loaded.model.named_parameters():
        if not parameter.requires_grad:
            continue
        fused = [groups for part, groups in family.fused.items() if _has(name, part)]
        single = [(group,) for part, group in family.groups.items() if _has(name, part)]
        if not fused and not single:
            raise ReversalError(
                f"{loaded.name}: its adapter names no group for the parameter {name}; add one to workflow/reversal/language/"
                f"adapters, under `groups`"
            )
        found[name] = (fused or single)[0]
    return found


def _has(name: str, part: str) -> bool:
    return f".{part}." in f".{name}."


def _gradient(loaded: Loaded, facts: Sequence[Sequence[Question]], batch: int) -> Gradient:
    """The gradient of the facts' mean loss; parameters that it does not reach have none."""
    weighed = [(question, 1 / len(facts) / len(asked)) for asked in facts for question in asked]
    for group in batches(weighed, lambda one: _shape(one[0]), batch):
        questions, weights = zip(*group, strict=True)
        (losses(loaded, questions) * torch.tensor(weights, device=loaded.device)).sum().backward()
    found = {}
    for name, parameter in loaded.model.named_parameters():
        if parameter.grad is not None:
            found[name], parameter.grad = parameter.grad, None
    return found


def _shape(question: Question) -> tuple[int, int]:
    prompt = question.prompt
    return len(prompt.tokens), len(prompt.answers)


def losses(loaded: Loaded, questions: Sequence[Question]) -> torch.Tensor:
    """Mean −log p of each answer's tokens, (n,), of questions of one shape."""
    if loaded.masked:
        tokens = [masked(0, question, len(question.prompt.answers), loaded.mask).tokens for question in questions]
    else:
        tokens = [question.prompt.tokens for question in questions]
    places = [list(range(*question.prompt.answer)) for question in questions]
    answers = torch.tensor([question.prompt.answers for question in questions], device=loaded.device)
    logits = loaded.logits(torch.tensor(tokens, device=loaded.device), torch.tensor(places, device=loaded.device))
    nll = F.cross_entropy(logits.flatten(0, 1), answers.flatten().to(logits.device), reduction="none")
    return nll.view(answers.shape).mean(-1).to(loaded.device)


def _fact_by_fact(
    loaded: Loaded, shares: dict[str, tuple[str, ...]], asked: Sequence[Sequence[Sequence[Question]]], batch: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Group → mean cosine of a fact's two gradients, and of one fact's first with the next fact's second."""
    matched: list[dict[str, float]] = []
    mismatched: list[dict[str, float]] = []
    before = None
    for forward, backward in zip(*asked, strict=True):
        own = _gradient(loaded, [forward], batch)
        reverse = _gradient(loaded, [backward], batch)
        matched.append(_cosines(shares, own, reverse))
        if before is not None:
            mismatched.append(_cosines(shares, before, reverse))
        before = own
    return _mean(matched), _mean(mismatched)


def _mean(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {group: float(np.mean([one[group] for one in found])) for group in found[0]} if found else {}


def _cosines(shares: dict[str, tuple[str, ...]], one: Gradient, other: Gradient) -> dict[str, float]:
    """Group → cosine, `all` first."""
    sums: dict[str, np.ndarray] = {"all": np.zeros(3)}
    for name in shares:
        if name not in one or name not in other:
            continue
        parts = (gradient[name].float().chunk(len(shares[name])) for gradient in (one, other))
        for group, first, second in zip(shares[name], *parts, strict=True):
            products = np.array([_dot(first, second), _dot(first, first), _dot(second, second)])
            sums["all"] = sums["all"] + products
            sums[group] = sums.get(group, 0) + products
    return {group: float(found[0] / _norms(found)) for group, found in sums.items()}


def _norms(products: Iterable[float]) -> float:
    _, one, other = products
    return max(one**0.5, SMALLEST) * max(other**0.5, SMALLEST)


def _dot(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one * other).sum(dtype=torch.float64))
