"""How answers are scored, against hand-made logits and against brute force."""

import numpy as np
import pytest
import torch

from reversal.data import queries, texts
from reversal.evaluate import answers
from reversal.evaluate.answers import answer, further, questions
from tests.runs import CPU, cell, form, pairs, trained


class Spoken:
    """A model that says the same logits everywhere."""

    frozen, reach = frozenset(), None

    def __init__(self, logits):
        self.said = torch.as_tensor(logits, dtype=torch.float32)

    def logits(self, parameters, tokens, positions, rows):
        return self.said.expand(*rows.shape, -1)


def of_three(logits):
    """Pairs 0, 1, 2 of a text without a second relation, and what is measured of `reverse`."""
    of = cell({}, {"pairs": 3, "other_pairs": 0})
    drawn = pairs(of, (1,))
    query = queries.reverse(drawn, of.data, form(of), "same")
    return answer(Spoken(logits), {}, query, drawn, True, CPU)


def test_ties_get_mid_ranks_and_even_probability():
    measures = of_three(np.zeros(7))
    np.testing.assert_allclose(measures["rank"], 4)  # 1 + half of the six others
    np.testing.assert_allclose(measures["candidate_rank"], 2)
    np.testing.assert_allclose(measures["candidate_probability"], 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(measures["nll"], np.log(7), rtol=1e-6)
    np.testing.assert_allclose(measures["mass_a"], 3 / 7, rtol=1e-6)
    np.testing.assert_allclose(measures["echo"], 1 / 7, rtol=1e-6)


def test_ranks_masses_and_echo_by_hand():
    of = cell({}, {"pairs": 3, "other_pairs": 0})
    run = pairs(of, (1,))[0]
    logits = np.full(7, -50.0)
    logits[run.a[0, 0]], logits[run.a[1, 0]], logits[run.b[2, 0]] = np.log([0.5, 0.3, 0.2])
    measures = of_three(logits)
    np.testing.assert_allclose(measures["rank"][0], [1, 2, 5.5])
    np.testing.assert_allclose(measures["candidate_rank"][0], [1, 2, 3])
    np.testing.assert_allclose(measures["probability"][0], [0.5, 0.3, 0], atol=1e-6)
    np.testing.assert_allclose(measures["candidate_probability"][0], [0.625, 0.375, 0], atol=1e-6)
    np.testing.assert_allclose(measures["mass_a"][0], 0.8, rtol=1e-5)
    np.testing.assert_allclose(measures["mass_b"][0], 0.2, rtol=1e-5)
    np.testing.assert_allclose(measures["echo"][0], [0, 0, 0.2], atol=1e-6)


def test_a_word_ranks_as_its_worst_token():
    """Of three tokens, two that come first do not make up for one that comes second."""
    of = cell({"objective": {"masks": "sampled"}}, {"pairs": 3, "other_pairs": 0, "word_size": 3})
    drawn = pairs(of, (1,))
    query = queries.reverse(drawn, of.data, form(of), "same")
    right = query.answers[0, 0]
    logits = np.zeros((3, 19))
    logits[np.arange(3), right] = 1
    assert answer(Spoken(np.tile(logits, (3, 1))), {}, query, drawn, True, CPU)["rank"][0, 0] == 1
    logits[2, right[0]] = 2
    assert answer(Spoken(np.tile(logits, (3, 1))), {}, query, drawn, True, CPU)["rank"][0, 0] == 2


class Remembered:
    """A model that says of `given relation …` what its table says, float (V, relations, V)."""

    frozen, reach = frozenset(), None

    def __init__(self, table):
        self.table = torch.as_tensor(table, dtype=torch.float32)

    def logits(self, parameters, tokens, positions, rows):
        flat = tokens.flatten(1)
        given, relation = (flat.gather(1, rows - back) for back in (2, 1))
        return self.table[given, relation]


def test_step_by_step_is_right_exactly_where_the_models_own_walk_arrives():
    """The oracle walks: the likeliest y after x →, whatever it is, and from there the likeliest z."""
    of = cell({}, {"pairs": 60, "other_pairs": 0, "text": {"kind": "chain", "told": 0.1}})
    drawn = pairs(of, (1,))
    run, vocabulary = drawn[0], 182
    table = np.random.default_rng(0).normal(size=(vocabulary, 2, vocabulary))
    every = np.arange(60)
    for left, right, chosen in ((run.a, run.b, every % 2 == 0), (run.b, run.c, every % 3 == 0)):
        table[left[chosen, 0], 0, right[chosen, 0]] += 20
    strayed = every % 6 == 3  # a wrong y that leads to the right z
    table[run.a[strayed, 0], 0, np.roll(run.b, 1, axis=0)[strayed, 0]] += 20
    table[np.roll(run.b, 1, axis=0)[strayed, 0], 0, run.c[strayed, 0]] += 40
    query = list(texts.of(of.data).every(drawn, of.data, form(of)))[-1]
    measures = answer(Remembered(table), {}, query, drawn, True, CPU)
    log_p = table - np.log(np.exp(table).sum(-1, keepdims=True))
    asked = query.pair[0]
    walk = table[run.a[asked, 0], 0].argmax(-1)
    arrived = (walk == run.b[asked, 0]) & (table[walk, 0].argmax(-1) == run.c[asked, 0])
    assert arrived.any()
    assert not arrived.all()
    np.testing.assert_array_equal(measures["rank"][0] < 1.5, arrived)
    path = log_p[run.a[asked, 0], 0, run.b[asked, 0]] + log_p[run.b[asked, 0], 0, run.c[asked, 0]]
    np.testing.assert_allclose(measures["nll"][0], -path, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(measures["probability"][0], np.exp(path), rtol=1e-4)
    steps = [(run.a, run.b), (run.b, run.c)]
    among = sum(
        log_p[left[asked, 0], 0, right[asked, 0]]
        - np.log(np.exp(log_p[left[asked, 0][:, None], 0, right[:, 0]]).sum(-1))
        for left, right in steps
    )
    np.testing.assert_allclose(measures["candidate_nll"][0], -among, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [{}, {"word_size": 3}, {"text": {"kind": "chain", "told": 0.5, "related": True}, "other_pairs": 0}],
    ids=["words of two", "words of three", "related"],
)
def test_candidates_of_a_next_token_model_score_as_if_each_were_shown_alone(text, monkeypatch):
    """Two prompts' worth of memory at a time, so that beginnings are shown in many parts."""
    monkeypatch.setattr(answers, "PROMPTS", 12)
    change = {"model": {"attention": "causal"}, "objective": {"kind": "next_token", "loss": "whole"}}
    of = cell(change, {"pairs": 6, "other_pairs": 2, "word_size": 2, **text}, steps=10)
    model, checkpoints, _ = trained(of, (1, 2))
    drawn, parameters = pairs(of, (1, 2)), checkpoints[-1].parameters
    query = list(texts.of(of.data).every(drawn, of.data, form(of)))[1]
    found = answer(model, parameters, query, drawn, False, CPU)
    for number, run in enumerate(drawn):
        own = {name: value[number : number + 1] for name, value in parameters.items()}
        alone = query._replace(tokens=query.tokens[number : number + 1], positions=query.positions[number : number + 1])
        for place in range(query.answers.shape[1]):
            words = run.words(query.answer_type[number, place])
            scores = np.array([_log_p(model, own, alone, place, word, False) for word in words])
            right = int((words == query.answers[number, place]).all(1).argmax())
            expected = np.log(np.exp(scores).sum()) - scores[right]
            np.testing.assert_allclose(found["candidate_nll"][number, place], expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("family", ["mdm", "next_token"])
def test_words_of_several_tokens_are_ranked_as_wholes(family):
    change = (
        {}
        if family == "mdm"
        else {
            "model": {"attention": "causal"},
            "objective": {"kind": "next_token", "loss": "whole"},
        }
    )
    of = cell(change, {"pairs": 5, "other_pairs": 2, "word_size": 2}, steps=30)
    model, checkpoints, _ = trained(of, (1,))
    drawn, parameters = pairs(of, (1,)), checkpoints[-1].parameters
    asked = form(of)
    query = queries.reverse(drawn, of.data, asked, "same")
    measures = answer(model, parameters, query, drawn, asked.masked, CPU)
    words = drawn[0].words(0)
    scores = np.array(
        [[_log_p(model, parameters, query, pair, word, asked.masked) for word in words] for pair in range(5)]
    )
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(measures["candidate_probability"][0], np.diag(p), rtol=1e-3)
    ranks = 1 + (scores > np.diag(scores)[:, None]).sum(1)
    np.testing.assert_array_equal(measures["candidate_rank"][0], ranks)


def _log_p(model, parameters, query, pair, word, masked):
    """log p of a word in one pair's answer place; a next-token model is shown all but its last token."""
    tokens, positions = (torch.as_tensor(part[:, pair : pair + 1].copy()) for part in (query.tokens, query.positions))
    if not masked:
        tokens[0, 0, query.slots[1:]] = torch.as_tensor(word[:-1])
    logits = model.logits(parameters, tokens, positions, torch.as_tensor(query.slots)[None]).log_softmax(-1)[0]
    return sum(logits[slot, int(token)].item() for slot, token in enumerate(word))


def test_distances_asked_across_stay_within_the_models_positions():
    of = cell({"model": {"position": {"kind": "learned", "length": 5}}})
    assert further(of.data, [1, 2, 3, 4, 9], reach=5) == [3]
    assert further(of.data, [1, 2, 3, 4, 9], reach=None) == [3, 4, 9]


@pytest.mark.parametrize("family", ["MDM", "ARM"])
def test_source_and_reverse_are_asked_across_distances_and_nothing_else(family):
    next_token = {"objective": {"kind": "next_token", "loss": "last_entity"}, "model": {"attention": "causal"}}
    of = cell({"MDM": {}, "ARM": next_token}[family])
    asked = questions(pairs(of, (1,)), of.data, form(of), [3, 4])
    found = {(query.name, query.distance) for query in asked}
    own = {("target", 2), ("reverse", 2), ("wrong_frame", 2)}
    sources = {("source", 2), ("source", 3), ("source", 4)} if family == "MDM" else set()
    assert len(asked) == len(found)
    assert found == own | sources | {("reverse", 3), ("reverse", 4)}
    elsewhere = [query for query in asked if query.distance != 2]
    assert not any(query.own_distance or query.trained.any() for query in elsewhere)
