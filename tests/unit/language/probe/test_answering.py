"""Answers against one sentence and one token at a time, by hand."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from reversal import tables
from reversal.errors import ReversalError
from reversal.language.probe import causal, masked, remote_code
from reversal.language.probe.answer import Answer, Answers
from reversal.language.probe.batches import batches
from reversal.language.probe.causal import beginnings
from reversal.language.probe.loaded import load
from reversal.language.probe.quiz import quiz
from reversal.language.probe.reading import Reading
from tests.language_models import SYMMETRIC, corpus, pieces, remote, saved, words

CPU = torch.device("cpu")


def asked(folder, loaded, limit=0, templates=SYMMETRIC):
    paths = corpus(folder / "corpus", templates)
    return quiz(loaded, *(tables.read(path, name) for name, path in paths.items()), limit)


def loaded(folder, family, tokenizer):
    kind = "masked" if family in ("modernbert", "bert") else "causal"
    return load(str(saved(folder / family, family, tokenizer)), Reading(kind), CPU)


def dream(folder):
    place = remote(folder / "dream", "dream_shaped", pieces(), "<|mask|>")
    return load(str(place), Reading("masked", remote_code=True, revision=remote_code.digest(place)), CPU)


MAKERS = {
    "words": lambda folder: loaded(folder, "modernbert", words()),
    "pieces": lambda folder: loaded(folder, "bert", pieces()),
    "shifted": dream,
}


def log_p(model, tokens):
    with torch.no_grad():
        return model.model(input_ids=torch.tensor([tokens])).logits[0].float().log_softmax(-1)


def masked_score(model, prompt, candidate):
    """Mean log p a token of a candidate, with as many masks, and what stands likeliest there."""
    first, last = prompt.answer
    tokens = prompt.tokens[:first] + [model.mask] * len(candidate) + prompt.tokens[last:]
    found = log_p(model, tokens)
    places = [first + step - model.shifted for step in range(len(candidate))]
    scores = [found[place, token].item() for place, token in zip(places, candidate, strict=True)]
    return np.mean(scores), tuple(found[place].argmax().item() for place in places)


@pytest.mark.parametrize("maker", MAKERS)
def test_masked_answers_by_hand(tmp_path, maker):
    model = MAKERS[maker](tmp_path)
    whole = asked(tmp_path, model)
    found, _ = masked.answer(model, whole, whole.questions, 5, "at_once")
    assert {question.query for question in whole.questions} == {"source", "target", "reverse", "wrong_frame"}
    widths = {len(question.prompt.answers) for question in whole.questions}
    assert len(widths) == 1 if maker == "words" else len(widths) > 1
    for question, answer in zip(whole.questions, found, strict=True):
        candidates = whole.candidates[question.among]
        assert candidates[question.own] == question.prompt.answers
        own, best = masked_score(model, question.prompt, question.prompt.answers)
        others = [masked_score(model, question.prompt, one)[0] for one in candidates if one != question.prompt.answers]
        assert answer.nll == pytest.approx(-own, abs=1e-5)
        assert answer.exact == (best == question.prompt.answers)
        assert answer.rank == 1 + sum(other > own for other in others)
        assert answer.candidates == len(candidates) == (5 if question.relation == "countries" else 3)


def test_the_most_confident_token_is_filled_in_first(tmp_path):
    """Each with those before it in sight: by hand, and other than all at once somewhere."""
    model = MAKERS["pieces"](tmp_path)
    whole = asked(tmp_path, model)
    once, confident = (
        masked.answer(model, whole, whole.questions, 4, way)[0] for way in ("at_once", "confident_first")
    )
    assert [answer[1:] for answer in once] == [answer[1:] for answer in confident]
    fills = []
    for question in whole.questions:
        first, last = question.prompt.answer
        tokens = question.prompt.tokens[:first] + [model.mask] * (last - first) + question.prompt.tokens[last:]
        left, at_once = set(range(first, last)), None
        while left:
            sure = log_p(model, tokens).max(-1)
            at_once = at_once or tuple(sure.indices[first:last].tolist())
            place = max(left, key=lambda at: sure.values[at].item())
            tokens[place] = sure.indices[place].item()
            left.remove(place)
        fills.append((tuple(tokens[first:last]), at_once))
    for which, way in enumerate(("confident_first", "at_once")):
        written = [told(question, fill[which]) for question, fill in zip(whole.questions, fills, strict=True)]
        assert all(answer.exact for answer in masked.answer(model, whole, written, 4, way)[0])
    assert any(by_hand != at_once for by_hand, at_once in fills)


def told(question, answers):
    """The question with other tokens for an answer."""
    first, last = question.prompt.answer
    tokens = question.prompt.tokens[:first] + list(answers) + question.prompt.tokens[last:]
    return question._replace(prompt=question.prompt._replace(tokens=tokens), own=-1)


def causal_score(model, prompt, candidate):
    first = prompt.answer[0]
    found = log_p(model, prompt.tokens[:first] + list(candidate))
    return np.mean([found[first - 1 + step, token].item() for step, token in enumerate(candidate)])


@pytest.mark.parametrize(
    ("family", "tokenizer"),
    [
        ("llama", pieces),
        ("qwen2", pieces),
        ("qwen3", pieces),
        ("modernbert_decoder", pieces),
        ("modernbert_decoder", words),
    ],
)
def test_causal_answers_by_hand_and_as_the_model_goes_on(tmp_path, family, tokenizer):
    model = loaded(tmp_path, family, tokenizer())
    whole = asked(tmp_path, model)
    found = causal.answer(model, whole, whole.questions, 7)
    assert {question.query for question in whole.questions} == {"target", "reverse", "wrong_frame"}
    for question, answer in zip(whole.questions, found, strict=True):
        prompt, candidates = question.prompt, whole.candidates[question.among]
        own = causal_score(model, prompt, prompt.answers)
        others = [causal_score(model, prompt, one) for one in candidates if one != prompt.answers]
        scores = causal._candidates(model, [question], candidates, 7)[0]
        np.testing.assert_allclose(np.delete(scores, question.own), others, atol=1e-5)
        assert answer.nll == pytest.approx(-own, abs=1e-5)
        assert answer.rank == 1 + sum(other > own for other in others)
        written = ()
        for _ in prompt.answers:
            written += (log_p(model, [*prompt.tokens[: prompt.answer[0]], *written])[-1].argmax().item(),)
        assert answer.exact == (written == prompt.answers)
        assert causal.answer(model, whole, [told(question, written)], 7)[0].exact


def test_a_model_that_knows_an_answer_gives_it(tmp_path):
    """The unembedding's bias makes one token likeliest everywhere: exact, rank 1, and an NLL near 0, for its questions alone."""
    model = loaded(tmp_path, "modernbert", words())
    whole = asked(tmp_path, model)
    known = whole.questions[1].prompt.answers[0]
    model.model.decoder.bias.data[known] = 100
    found, _ = masked.answer(model, whole, whole.questions, 64, "at_once")
    for question, answer in zip(whole.questions, found, strict=True):
        right = question.prompt.answers == (known,)
        assert answer.exact == right
        assert (answer.rank == 1 and answer.nll < 1e-6) or not right


def test_answers_do_not_depend_on_who_is_asked_beside_them(tmp_path):
    for family, answer in (("bert", masked.answer), ("llama", causal.answer)):
        model = loaded(tmp_path, family, pieces())
        whole = asked(tmp_path / family, model)
        rest = ("at_once",) if family == "bert" else ()
        found = [answer(model, whole, whole.questions, batch, *rest) for batch in (1, 6, 500)]
        found = [one[0] if family == "bert" else one for one in found]
        for one in found[1:]:
            assert [(a.exact, a.rank, a.candidates) for a in one] == [(a.exact, a.rank, a.candidates) for a in found[0]]
            np.testing.assert_allclose([a.nll for a in one], [a.nll for a in found[0]], rtol=1e-5)


def test_fewer_candidates_are_drawn_once_a_role_and_the_answer_is_always_among_them(tmp_path):
    model = loaded(tmp_path, "modernbert", words())
    whole = asked(tmp_path, model, limit=2)
    assert {len(one) for one in whole.candidates} == {2}
    found, _ = masked.answer(model, whole, whole.questions, 64, "at_once")
    for question, answer in zip(whole.questions, found, strict=True):
        assert answer.candidates == (2 if question.own >= 0 else 3)
    of = {(one.relation, one.query): whole.candidates[one.among] for one in whole.questions}
    assert of["countries", "source"] == of["countries", "reverse"] == of["countries", "wrong_frame"]
    assert of == {
        (one.relation, one.query): asked(tmp_path / "again", model, limit=2).candidates[one.among]
        for one in whole.questions
    }


def test_ties_share_their_rank(tmp_path):
    """Of the scores −1, −2, −2 and −3, an own one of −2 is behind one and beside two."""
    model = loaded(tmp_path, "modernbert", words())
    whole = asked(tmp_path, model)
    one = whole.questions[0]
    answers = Answers(whole, [one])
    answers.know([0], np.array([True]), np.array([2.0]))
    others = [number for number in range(5) if number != one.own]
    answers.score([0], one.among, others, np.array([[-1, -2, -2, -3]]))
    answers.score([0], one.among, [one.own], np.array([[-2]]))
    assert answers.all() == [Answer(True, 2.0, 3.0, 5)]


def test_beginnings_are_shown_once():
    candidates = [(1, 2, 3), (1, 2, 4), (1, 5), (6,), (1, 2, 3, 7)]
    paths, which = beginnings(candidates)
    assert paths == [(1, 2, 3)]
    assert which == [0, 0, 0, 0, 0]
    paths, which = beginnings([(1, 2), (3, 4), (5,)])
    assert paths == [(1,), (3,)]
    assert [paths[place][: len(one) - 1] for place, one in zip(which, [(1, 2), (3, 4), (5,)], strict=True)] == [
        (1,),
        (3,),
        (),
    ]
    assert beginnings([(1,), (2,)]) == ([()], [0, 0])


def test_batches_are_of_one_shape_and_lose_nothing():
    items = [(number % 3, number) for number in range(20)]
    found = list(batches(items, lambda item: item[0], 4))
    assert all(len({shape for shape, _ in group}) == 1 and len(group) <= 4 for group in found)
    assert sorted(item for group in found for item in group) == sorted(items)


def test_tables_of_different_corpora_are_refused(tmp_path):
    model = loaded(tmp_path, "modernbert", words())
    paths = corpus(tmp_path / "corpus")
    facts, questions = (tables.read(path, name) for name, path in paths.items())
    with pytest.raises(ReversalError, match="question 28 is about fact 7, which is not in `facts`"):
        quiz(model, facts.slice(0, 7), questions, 0)
    other = facts.set_column(0, facts.schema.field(0), pa.array([9] * len(facts), pa.int32()))
    with pytest.raises(ReversalError, match="facts and questions are of seeds 7, 9; give those of one"):
        quiz(model, other, questions, 0)


def test_a_causal_model_is_not_asked_for_what_comes_first(tmp_path):
    tokenizer = words()
    tokenizer._tokenizer.post_processor = None
    model = loaded(tmp_path, "llama", tokenizer)
    with pytest.raises(ReversalError, match="its answer comes first, and a causal model is asked what comes after"):
        asked(
            tmp_path, model, templates={"countries": ("{B} - {A}", "{B} - {A}"), "elements": ("{A} ~ {B}", "{B} ~ {A}")}
        )
