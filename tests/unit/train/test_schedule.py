"""The learning rate and the order of sentences: functions of the step."""

import numpy as np
import pytest

from reversal.train.schedule import chosen, learning_rate

SETTINGS = {"learning_rate": 0.01, "steps": 100, "warmup": 0.1, "final": 0.02}


def test_the_rate_rises_to_its_peak_and_falls_to_its_end():
    rates = np.array([learning_rate(step, SETTINGS) for step in range(100)])
    np.testing.assert_allclose(rates[:10], 0.01 * np.arange(1, 11) / 10)
    assert rates.argmax() in (9, 10)
    assert (np.diff(rates[10:]) < 0).all()
    assert rates[-1] == pytest.approx(0.01 * 0.02)
    middle = 10 + 89 / 2
    assert (rates[int(middle)] + rates[int(middle) + 1]) / 2 == pytest.approx(0.01 * 1.02 / 2, rel=1e-3)


def test_a_constant_rate_is_a_schedule_too():
    constant = SETTINGS | {"warmup": 0, "final": 1}
    assert {learning_rate(step, constant) for step in range(100)} == {0.01}


def test_one_step_is_enough():
    assert learning_rate(0, SETTINGS | {"steps": 1}) > 0


def test_an_epoch_reads_every_sentence_once():
    read = np.concatenate([chosen(3, step, 12, 4) for step in range(6)])
    assert sorted(read[:12].tolist()) == sorted(read[12:].tolist()) == list(range(12))
    assert read[:12].tolist() != read[12:].tolist()


def test_batches_that_do_not_divide_the_text_go_on_in_the_next_epoch():
    read = np.concatenate([chosen(3, step, 10, 4) for step in range(5)])
    assert sorted(read[:10].tolist()) == sorted(read[10:].tolist()) == list(range(10))


def test_a_step_does_not_need_the_steps_before():
    late = chosen(3, 7, 10, 4)
    for step in range(7):
        chosen(3, step, 10, 4)
    np.testing.assert_array_equal(chosen(3, 7, 10, 4), late)


def test_seeds_read_in_orders_of_their_own():
    assert chosen(1, 0, 50, 10).tolist() != chosen(2, 0, 50, 10).tolist()


@pytest.mark.parametrize("batch", [0, 10])
def test_full_batches_are_in_order(batch):
    assert chosen(1, 5, 10, batch).tolist() == list(range(10))
