"""A run's history and weights depend on its settings and its seed, bit for bit, on the CPU."""

import itertools

import numpy as np
import pytest
import torch

from tests.runs import BILINEAR, FAMILIES, cell, trained

SEED = 7
BLOCKS = {"alone": (SEED,), "four": (5, 6, SEED, 8), "ten": tuple(range(10))}


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("change", FAMILIES.values(), ids=FAMILIES)
def test_a_run_is_the_same_alone_in_a_block_and_on_any_number_of_threads(change, threads):
    of = cell(change)
    results = {}
    for (name, seeds), count in itertools.product(BLOCKS.items(), (1, 2)):
        threads(count)
        _, checkpoints, history = trained(of, seeds)
        results[name, count] = _of_seed(checkpoints, history, seeds.index(SEED))
    weights, rows = results.pop(("alone", 1))
    assert len(weights) > 1
    assert len(rows) > 1
    for where, (other_weights, other_rows) in results.items():
        assert other_weights.keys() == weights.keys()
        for name, value in weights.items():
            assert torch.equal(value, other_weights[name]), (where, name)
        np.testing.assert_array_equal(rows, other_rows, err_msg=str(where))


def test_bilinear_runs_are_the_same_in_every_block(threads):
    of = cell(*BILINEAR)
    threads(1)
    alone = _of_seed(*trained(of, (SEED,))[1:], 0)
    threads(2)
    block = _of_seed(*trained(of, BLOCKS["ten"])[1:], SEED)
    assert all(torch.equal(value, block[0][name]) for name, value in alone[0].items())
    np.testing.assert_array_equal(alone[1], block[1])


def test_seeds_differ():
    _, checkpoints, _ = trained(cell({}), (1, 2))
    last = checkpoints[-1].parameters["layers.0.query"]
    assert not torch.equal(last[0], last[1])


def test_checkpoints_hold_the_step_that_the_optimiser_takes_from_them():
    of = cell({}, steps=6)
    object.__setattr__(of, "checkpoints", (0, 1, 6))
    model, checkpoints, _ = trained(of, (SEED,))
    first, second = checkpoints[:2]
    for name, update in first.update.items():
        torch.testing.assert_close(first.parameters[name] + update, second.parameters[name], rtol=0, atol=1e-7)
    assert [made.step for made in checkpoints] == [0, 1, 6]
    assert model.frozen.isdisjoint(first.update)


def test_frozen_embeddings_stay_as_they_were_drawn_and_all_else_moves():
    model, checkpoints, _ = trained(cell({"model": {"embeddings": "frozen", "position": {"kind": "learned"}}}), (SEED,))
    first, last = checkpoints[0].parameters, checkpoints[-1].parameters
    stayed = {name for name, value in first.items() if torch.equal(value, last[name])}
    assert stayed == model.frozen == {"embedding"}


def test_training_learns_what_it_trains():
    of = cell({}, steps=300)
    _, _, history = trained(of, (SEED, 8))
    first, last = history[0], history[-1]
    assert last.nll.max() < first.nll.min() / 10
    assert last.accuracy.min() == 1


def _of_seed(checkpoints, history, place):
    """The final weights and updates, and all history but the time, of one seed of a block."""
    last = checkpoints[-1]
    weights = {name: value[place] for name, value in last.parameters.items()}
    weights |= {f"update {name}": value[place] for name, value in last.update.items()}
    rows = [(row.step, row.loss[place], row.nll[place], row.accuracy[place], row.learning_rate) for row in history]
    return weights, np.array(rows)
