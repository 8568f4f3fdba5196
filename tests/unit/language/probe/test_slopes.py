"""Cosines of gradients against autograd on the whole loss at once."""

import dataclasses

import pytest
import torch

from reversal import tables
from reversal.errors import ReversalError
from reversal.language.probe.loaded import load
from reversal.language.probe.masked import masked
from reversal.language.probe.quiz import quiz
from reversal.language.probe.reading import Reading
from reversal.language.probe.slopes import align
from tests.language_models import MASKED, SYMMETRIC, corpus, pieces, saved

CPU = torch.device("cpu")
READING = Reading("masked", batch=3, compared=4)


def made(folder, family):
    model = load(
        str(saved(folder / family, family, pieces())), Reading("masked" if family in MASKED else "causal"), CPU
    )
    paths = corpus(folder / "corpus", SYMMETRIC)
    return model, quiz(model, *(tables.read(path, name) for name, path in paths.items()), 0).questions


def fact_loss(model, question):
    """Mean −log p of the answer's tokens, one sentence alone."""
    first, last = question.prompt.answer
    tokens = masked(0, question, last - first, model.mask).tokens if model.masked else question.prompt.tokens
    log_p = model.model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
    at = torch.arange(first, last) - int(not model.masked)
    return -log_p[at, torch.tensor(question.prompt.answers)].mean()


def gradient(model, questions):
    """Name → the gradient of the mean loss."""
    model.model.requires_grad_(True)
    torch.stack([fact_loss(model, question) for question in questions]).mean().backward()
    found = {name: parameter.grad for name, parameter in model.model.named_parameters()}
    model.model.zero_grad()
    return found


def cosine(one, other, chosen):
    one, other = (
        torch.cat([chosen(name, part[name]).flatten() for name in part if part[name] is not None])
        for part in (one, other)
    )
    return torch.nn.functional.cosine_similarity(one.double(), other.double(), dim=0).item()


def whole(_, value):
    return value


def queries_and_keys(family):
    """What of a parameter makes queries and keys."""

    def chosen(name, value):
        if family == "modernbert":
            return value[: 2 * len(value) // 3] if "Wqkv" in name else value[:0]
        own = any(f".{part}." in name for part in ("q_proj", "k_proj", "query", "key"))
        return value if own else value[:0]

    return chosen


@pytest.mark.parametrize("family", ["modernbert", "bert", "llama", "modernbert_decoder"])
def test_cosines_are_those_of_autograd(tmp_path, family):
    model, questions = made(tmp_path, family)
    found = {row["group"]: row for row in align(model, questions, READING)}
    forward = "source" if model.masked else "target"
    one_way = [question for question in questions if question.told == "forward"]
    sides = [[question for question in one_way if question.query == query] for query in (forward, "reverse")]
    assert len(sides[0]) == 6
    slopes = [gradient(model, side) for side in sides]
    for group, chosen in (("all", whole), ("query_key", queries_and_keys(family))):
        assert found[group]["cosine"] == pytest.approx(cosine(*slopes, chosen), abs=1e-5)
        own = [[gradient(model, [question]) for question in side[:4]] for side in sides]
        matched = [cosine(*pair, chosen) for pair in zip(*own, strict=True)]
        apart = [cosine(one, other, chosen) for one, other in zip(own[0], own[1][1:], strict=False)]
        assert found[group]["matched"] == pytest.approx(sum(matched) / 4, abs=1e-5)
        assert found[group]["mismatched"] == pytest.approx(sum(apart) / 3, abs=1e-5)
    assert {(row["forward"], row["facts"], row["compared"], row["layers"]) for row in found.values()} == {
        (forward, 6, 4, 2)
    }
    assert {"embedding", "value_output", "mlp", "norm", "unembedding"} < set(found)


def test_a_subset_of_layers_is_those_layers_and_nothing_else(tmp_path):
    model, questions = made(tmp_path, "modernbert")
    found = {row["group"]: row for row in align(model, questions, dataclasses.replace(READING, layers=(1,)))}
    sides = [[q for q in questions if q.told == "forward" and q.query == query] for query in ("source", "reverse")]
    slopes = [gradient(model, side) for side in sides]
    expected = cosine(*slopes, lambda name, value: value if "layers.1." in name else value[:0])
    assert found["all"]["cosine"] == pytest.approx(expected, abs=1e-5)
    assert found["all"]["layers"] == 1
    assert set(found) == {"all", "query_key", "value_output", "mlp", "norm"}
    with pytest.raises(ReversalError, match=r"layers: 2 is out of range; .* has layers 0 to 1"):
        list(align(model, questions, dataclasses.replace(READING, layers=(2,))))


def test_nothing_is_left_behind(tmp_path):
    model, questions = made(tmp_path, "bert")
    list(align(model, questions, READING))
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in model.model.parameters())


def test_gradients_may_be_left_out_and_single_facts_too(tmp_path):
    model, questions = made(tmp_path, "bert")
    assert list(align(model, questions, dataclasses.replace(READING, slopes=False))) == []
    rows = list(align(model, questions, dataclasses.replace(READING, compared=0)))
    assert {row["compared"] for row in rows} == {0}
    assert all(row["matched"] != row["matched"] for row in rows)


def test_facts_told_both_ways_count_where_there_are_no_others(tmp_path):
    model, questions = made(tmp_path, "bert")
    both = [question._replace(told="both") for question in questions]
    assert next(align(model, both, READING))["facts"] == 8
    assert next(align(model, questions, READING))["facts"] == 6


def test_a_parameter_that_the_adapter_does_not_know_is_an_error(tmp_path):
    model, questions = made(tmp_path, "bert")
    model.model.gate = torch.nn.Parameter(torch.zeros(3))
    with pytest.raises(ReversalError, match="its adapter names no group for the parameter gate"):
        list(align(model, questions, READING))
