"""Signals are heard once and then do what they always did; the end of a job's time comes a margin early."""

import os
import signal

import pytest

from reversal.train import interruption
from reversal.train.interruption import MARGIN, SIGNALS, Watch


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(interruption.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_a_reason(number):
    watch = Watch()
    watch.listen()
    assert watch.reason() is None
    os.kill(os.getpid(), number)
    assert watch.reason() == signal.Signals(number).name


def test_the_second_interrupt_interrupts():
    watch = Watch()
    watch.listen()
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(("minutes", "left"), [(240, MARGIN), (4, MARGIN), (2, 60), (1, 30)])
def test_the_end_comes_early_enough_to_save(clock, minutes, left):
    watch = Watch(minutes)
    clock[0] += 60 * minutes - left
    assert watch.reason() is None
    clock[0] += 0.1
    assert watch.reason() == f"the approaching end of its runtime ({minutes} min)"


def test_without_an_enforced_runtime_there_is_no_end(clock):
    watch = Watch()
    clock[0] += 1e9
    assert watch.reason() is None
