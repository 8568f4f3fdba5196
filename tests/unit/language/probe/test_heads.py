"""S_fwd and S_rev, their correlation and its control, against a model small enough to compute by hand."""

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr

from reversal import tables
from reversal.language.probe import masked, remote_code
from reversal.language.probe.heads import EVERY, Summary
from reversal.language.probe.loaded import load
from reversal.language.probe.moments import moments, within
from reversal.language.probe.quiz import quiz
from reversal.language.probe.reading import Reading
from reversal.language.probe.scores import next_of_its_kind
from tests.language_models import SYMMETRIC, TEMPLATES, corpus, pieces, remote, saved, words

CPU = torch.device("cpu")
MASKS = {"llada_shaped": "<|mdm_mask|>", "dream_shaped": "<|mask|>"}


def shaped(folder, shape, tokenizer):
    place = remote(folder / shape, shape, tokenizer, MASKS[shape])
    return load(str(place), Reading("masked", remote_code=True, revision=remote_code.digest(place)), CPU)


def native(folder, family, tokenizer):
    return load(str(saved(folder / family, family, tokenizer)), Reading("masked"), CPU)


def asked(folder, model, templates=SYMMETRIC):
    paths = corpus(folder / "corpus", templates)
    return quiz(model, *(tables.read(path, name) for name, path in paths.items()), 0)


def summary(questions, seen):
    found = Summary()
    found.add(questions, seen)
    columns = found.rows(7, 0)
    keys = zip(columns["relation"], columns["layer"], columns["head"], strict=True)
    return {key: {name: values[row] for name, values in columns.items()} for row, key in enumerate(keys)}


def turned(x):
    """RoPE of tests/remote_models/llada_shaped on (L, D), by complex numbers."""
    half = x.shape[-1] // 2
    angles = torch.arange(len(x))[:, None] * 100.0 ** (-torch.arange(half) / half)
    whole = torch.complex(x[:, :half], x[:, half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([whole.real, whole.imag], -1)


def first_layer(model, question, tokens_of_given=None):
    """Scores (H, w, c) and weights of the mask to the given entity, in the first layer, from the model's parameters."""
    ask = masked.masked(0, question, len(question.prompt.answers), model.mask)
    block = model.layers[0]
    tokens = list(ask.tokens)
    if tokens_of_given is not None:
        tokens[slice(*ask.given)] = tokens_of_given
    x = block.attn_norm(model.model.model.transformer.wte(torch.tensor(tokens)))
    heads = []
    for head in range(4):
        at = slice(4 * head, 4 * head + 4)
        q, k = (turned((x @ part.weight.T)[:, at]) for part in (block.q_proj, block.k_proj))
        scores = q[slice(*ask.slots)] @ k.T / 2
        heads.append((scores[:, slice(*ask.given)].mean(), scores.softmax(-1)[:, slice(*ask.given)].sum(-1).mean()))
    return np.array([[float(value.detach()) for value in one] for one in heads]).T


@pytest.mark.parametrize("templates", [SYMMETRIC, TEMPLATES], ids=["symmetric", "natural"])
def test_scores_and_weights_of_the_first_layer_by_hand(tmp_path, templates):
    """The wrong key is another sentence's: in the first layer nothing else of that sentence is in it."""
    model = shaped(tmp_path, "llada_shaped", pieces())
    whole = asked(tmp_path, model, templates)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    assert {whole.questions[place].query for place in seen} == {"source", "reverse"}
    assert len(seen) == 16
    compared = 0
    for place, values in seen.items():
        question = whole.questions[place]
        assert values.shape == (4, 2, 4)
        np.testing.assert_allclose(values[:2, 0], first_layer(model, question), atol=1e-5)
        if np.isnan(values[2:]).any():
            assert np.isnan(values[2:]).all()
            continue
        same = [
            other for other in whole.questions
            if (other.query, other.relation, other.prompt.given) == (question.query, question.relation, question.prompt.given)
            and len(other.prompt.tokens) == len(question.prompt.tokens)
        ]  # fmt: skip
        given = [one.prompt.tokens[slice(*one.prompt.given)] for one in same if one.fact != question.fact]
        by_hand = [first_layer(model, question, tokens) for tokens in given]
        assert any(np.allclose(values[2:, 0], wrong, atol=1e-5) for wrong in by_hand)
        compared += 1
    assert compared > 6


def test_r_is_pearsons_over_the_facts_of_a_relation(tmp_path):
    model = native(tmp_path, "modernbert", words())
    whole = asked(tmp_path, model)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    found = summary(whole.questions, seen)
    by = {
        (question.query, question.fact): seen[place] for place, question in enumerate(whole.questions) if place in seen
    }
    assert {key[0] for key in found} == {"countries", "elements", EVERY}
    for layer in range(2):
        for head in range(4):
            sides = np.array(
                [[by[query, fact][0, layer, head] for fact in range(5)] for query in ("source", "reverse")]
            )
            row = found["countries", layer, head]
            assert row["r"] == pytest.approx(pearsonr(*sides)[0], abs=1e-6)
            wrong = [by["reverse", fact][2, layer, head] for fact in range(5)]
            assert row["wrong_r"] == pytest.approx(pearsonr(sides[0], wrong)[0], abs=1e-6)
            assert (row["facts"], row["pairs"], row["strata"], row["freedom"], row["distance"]) == (5, 5, 1, 4, 2)
            masses = [
                np.mean([by[query, fact][1, layer, head] for fact in range(5)]) for query in ("source", "reverse")
            ]
            assert (row["weight_fwd"], row["weight_rev"]) == pytest.approx(masses)
            assert (found[EVERY, layer, head]["strata"], found[EVERY, layer, head]["freedom"]) == (2, 6)


def test_without_positions_a_symmetric_frame_gives_the_same_scores_both_ways(tmp_path):
    """Dream's shape without its RoPE: r = 1 by construction in every layer, and not with a wrong key."""
    model = shaped(tmp_path, "dream_shaped", pieces())
    whole = asked(tmp_path, model)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    for row in summary(whole.questions, seen).values():
        if not np.isnan(row["r"]):
            assert row["r"] == pytest.approx(1, abs=1e-6)
            assert abs(row["wrong_r"]) < 0.9999
        assert row["score_fwd"] == pytest.approx(row["score_rev"], abs=1e-5)


def test_scores_that_do_not_vary_have_no_correlation(tmp_path):
    """In the first layer the mask's query is one, and with the keys of one entity's token so are its scores."""
    model = native(tmp_path, "modernbert", words())
    model.model.model.embeddings.tok_embeddings.weight.data[6:] = (
        model.model.model.embeddings.tok_embeddings.weight.data[6]
    )
    whole = asked(tmp_path, model)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    for row in summary(whole.questions, seen).values():
        assert np.isnan(row["r"])
        assert np.isnan(row["wrong_r"])
        assert row["weight_fwd"] > 0


def test_natural_frames_without_a_matched_distance_have_masses_and_no_r(tmp_path):
    model = native(tmp_path, "bert", words())
    whole = asked(tmp_path, model, TEMPLATES)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    row = summary(whole.questions, seen)["countries", 1, 2]
    assert (row["facts"], row["pairs"]) == (0, 0)
    assert np.isnan(row["r"])
    assert np.isnan(row["distance"])
    assert 0 < row["weight_fwd"] < 1


def test_portions_of_facts_and_batches_change_nothing(tmp_path):
    model = native(tmp_path, "bert", pieces())
    whole = asked(tmp_path, model)
    _, seen = masked.answer(model, whole, whole.questions, 64, "at_once")
    at_once = summary(whole.questions, seen)
    pieced = Summary()
    for facts in ((0, 3), (1,), (2, 4, 5), (6, 7)):
        some = [question for question in whole.questions if question.fact in facts]
        places = [place for place, question in enumerate(whole.questions) if question.fact in facts]
        pieced.add(some, {number: seen[place] for number, place in enumerate(places) if place in seen})
    columns = pieced.rows(7, 0)
    for row, key in enumerate(zip(columns["relation"], columns["layer"], columns["head"], strict=True)):
        for name, value in at_once[key].items():
            other = columns[name][row]
            assert other == value or np.isclose(other, value, atol=1e-9, equal_nan=True), name


# moments


def test_merged_moments_are_those_of_the_whole():
    rng = np.random.default_rng(1)
    x, y = rng.normal(100, 1, (2, 30, 3))
    parts = [moments(x[at], y[at]) for at in (slice(0, 1), slice(1, 12), slice(12, 30))]
    merged, whole = parts[0].merged(parts[1]).merged(parts[2]), moments(x, y)
    for one, other in zip(merged, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    np.testing.assert_allclose(within([merged]).r, [pearsonr(x[:, k], y[:, k])[0] for k in range(3)], atol=1e-12)


def test_r_within_strata_is_that_of_what_is_left_of_their_means():
    """Frisch, Waugh and Lovell: the partial correlation given the strata's indicators."""
    rng = np.random.default_rng(2)
    sizes = (8, 5, 1, 2)
    strata = [(rng.normal(level, 1, (n, 2)), rng.normal(-level, 1, (n, 2))) for level, n in enumerate(sizes)]
    found = within(moments(*one) for one in strata)
    left = [np.concatenate([side - side.mean(0) for side in sides]) for sides in zip(*strata, strict=True)]
    np.testing.assert_allclose(found.r, [pearsonr(left[0][:, k], left[1][:, k])[0] for k in range(2)], atol=1e-12)
    assert (found.freedom, found.count) == (12, 16)


def test_fishers_z_within_strata_has_the_variance_that_freedom_says():
    """Of 4000 draws of independent scores in strata of 4, 5 and 6: var artanh r = 1 / (12 − 2), within 4 standard errors."""
    rng = np.random.default_rng(3)
    draws = 4000
    found = within(moments(*rng.normal(size=(2, n, draws))) for n in (4, 5, 6))
    variance = np.arctanh(found.r).var()
    assert abs(variance * (found.freedom - 2) - 1) < 4 * np.sqrt(2 / draws) + 0.03


def test_the_next_of_its_kind_gives_another_entity():
    assert next_of_its_kind("aabab", [1, 2, 3, 4, 3]) == [1, 3, -1, 0, -1]
    assert next_of_its_kind("aaa", [1, 1, 2]) == [2, 2, 0]
    assert next_of_its_kind("a", [1]) == [-1]
