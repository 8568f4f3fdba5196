"""A training is a function of settings and seed: resumed equals uninterrupted, and each step is what it should be."""

import numpy as np
import pytest
import torch

from reversal.errors import ReversalError
from reversal.language.train.stage import prepared
from reversal.language.train.trainer import Trainer, batch
from reversal.train.schedule import learning_rate
from reversal.train.state import Point, Store
from tests.corpora import OBJECTIVES, corpus, settings

CPU = torch.device("cpu")
STEPS = 8


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A corpus of texts of two lengths."""
    return corpus(tmp_path_factory.mktemp("text"), (1, 2), "natural")


def trainer(text, of, seed=1):
    """As it is before the first step."""
    run = prepared(of, seed, *text, CPU)
    return Trainer(run.initial(), run.training)


def stepped(of, until):
    """Take steps up to one; rows and checkpoints made on the way."""
    rows, kept = [], []
    while of.step < until:
        made = of.advance(rows.append)
        if made:
            kept.append(made)
    return rows, kept


def bits(rows, kept):
    """What must be equal: all but the time."""
    numbers = [tuple(map(str, row[:2])) + tuple(part.tobytes() for part in row[2:6]) + row[6:7] for row in rows]
    return numbers, [(made.step, name, value) for made in kept for name, value in made.parameters.items()]


def assert_equal(one, other):
    (rows, tensors), (other_rows, other_tensors) = bits(*one), bits(*other)
    assert rows == other_rows
    assert len(tensors) == len(other_tensors) > 0
    for (step, name, value), (other_step, other_name, expected) in zip(tensors, other_tensors, strict=True):
        assert (step, name) == (other_step, other_name)
        assert torch.equal(value, expected), (step, name)


CELLS = {name: settings(objective, STEPS) for name, objective in OBJECTIVES.items()} | {
    "MDM, entities of several tokens": settings(
        OBJECTIVES["MDM, whole entities"], STEPS, tokenizer={"kind": "bpe", "vocabulary": 80}
    ),
}


@pytest.mark.parametrize("of", CELLS.values(), ids=CELLS)
def test_resumed_at_any_step_equals_uninterrupted(tmp_path, text, of):
    whole = stepped(trainer(text, of), STEPS + 1)
    assert [made.step for made in whole[1]] == [0, STEPS]
    for step in (1, 4, STEPS, STEPS + 1):
        begun = trainer(text, of)
        rows, kept = stepped(begun, step)
        store = Store(tmp_path, {"until": step}, "here")
        history = [((1,), moment) for moment in rows]
        store.save(
            Point(0, 1, begun.step, begun.seconds, begun.tensors(), history),
            {(0, (0, STEPS).index(made.step)): made for made in kept},
        )
        point = Store(tmp_path, {"until": step}, "here").newest((0, STEPS))
        resumed = trainer(text, of)
        resumed.restore(point.step, point.seconds, point.tensors)
        more_rows, more = stepped(resumed, STEPS + 1)
        assert_equal(([moment for _, moment in point.history] + more_rows, kept + more), whole)


def test_steps_are_those_of_the_library(text):
    """The optimiser's and the clip's own classes, with the gradients of the losses that are told."""
    of = settings(OBJECTIVES["MDM"], STEPS)
    of["optimisation"]["clip"] = 0.05
    ours, theirs = trainer(text, of), trainer(text, of)
    library = torch.optim.AdamW(theirs.parameters, lr=1.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    clipped = 0
    for step in range(STEPS):
        ours.advance(lambda moment: None)
        library.zero_grad()
        theirs._loss(batch(theirs.training, step)).backward()
        norm = torch.nn.utils.clip_grad_norm_(theirs.parameters, 0.05)
        clipped += norm.item() > 0.05
        library.param_groups[0]["lr"] = learning_rate(step, of["optimisation"])
        library.step()
        for one, other in zip(ours.parameters, theirs.parameters, strict=True):
            assert torch.equal(one, other)
    assert clipped == STEPS


@pytest.mark.parametrize("name", OBJECTIVES)
def test_seeds_and_steps_read_batches_of_their_own(text, name):
    of = settings(OBJECTIVES[name], STEPS)
    one, other = trainer(text, of, 1).training, trainer(text, of, 2).training
    first, again, later, elsewhere = batch(one, 0), batch(one, 0), batch(one, 1), batch(other, 0)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True) if a is not None)
    assert not np.array_equal(first.targets, later.targets)
    assert not np.array_equal(first.targets, elsewhere.targets)


def test_an_epoch_reads_every_passage_once(text):
    """Of the ARM every token of every passage is a target."""
    of = settings(OBJECTIVES["ARM"], STEPS)
    of["optimisation"]["batch"] = 7
    training = trainer(text, of).training
    assert len(training.text.tokens) == 3 * 7
    targets = np.concatenate([batch(training, step).targets for step in range(3)])
    told = training.text.tokens[training.text.units >= 0]
    assert sorted(targets.tolist()) == sorted(told.tolist())


def test_the_history_follows_the_trained_queries_at_even_marks_and_at_the_end(text):
    rows, _ = stepped(trainer(text, settings(OBJECTIVES["MDM"], 50)), 51)
    assert [row.step for row in rows if row.query == "source"] == list(range(0, 51, 5))
    assert [row.query for row in rows] == ["source", "target"] * 11
    assert np.isnan(rows[-1].loss).all()
    assert not np.isnan([row.loss for row in rows[:-2]]).any()


def test_a_loss_that_diverges_is_one_line_with_the_way_out(text):
    of = settings(OBJECTIVES["MDM"], STEPS)
    begun = trainer(text, of)
    with torch.no_grad():
        begun.parameters[0].fill_(float("inf"))
    with pytest.raises(
        ReversalError, match=r"optimisation\.learning_rate: with 0\.01 the loss of seed 1 is nan at step 0"
    ):
        begun.advance(lambda moment: None)


def test_half_precision_changes_the_loss_a_little(text):
    of = settings(OBJECTIVES["MDM"], STEPS)
    full, half = trainer(text, of), trainer(text, {**of, "precision": "bfloat16"})
    one, other = (begun._loss(batch(begun.training, 0)).item() for begun in (full, half))
    assert 0 < abs(one - other) < 0.05 * one
