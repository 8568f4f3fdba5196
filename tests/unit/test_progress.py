"""What a long job says while it runs."""

import logging

import pytest

from reversal import progress
from reversal.progress import Heartbeat


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_it_speaks_once_in_a_while_and_at_the_end(clock, caplog):
    caplog.set_level(logging.INFO)
    beat = Heartbeat("seeds 1–2", 100)
    for step in range(101):
        clock[0] = step * 0.5
        beat.beat(step, "loss 1")
        beat.beat(step, "loss 2")
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 5
    assert said[0] == "seeds 1–2: step 20 of 100, loss 1, about 40 s left"
    assert said[-1].startswith("seeds 1–2: step 100 of 100")
