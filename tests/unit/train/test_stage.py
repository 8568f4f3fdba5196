"""A block that is stopped and run again ends like one that was left alone, in one process or in several."""

import os
import signal

import pytest

from reversal import device
from reversal.errors import Stopped
from reversal.train import stage
from reversal.train.interruption import ENFORCED, Watch
from tests.blocks import Block, assert_same
from tests.runs import cell

SEEDS = (1, 2, 3)


class After(Watch):
    """Stops a job after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def reason(self):
        self.steps -= 1
        return None if self.steps else "the test"


@pytest.fixture
def whole(tmp_path):
    """A block trained without a stop."""
    block = Block(tmp_path, cell({}, steps=12), SEEDS, "whole")
    block.train()
    return block


@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("steps", [1, 8, 13, 20])
def test_a_block_goes_on_in_the_chunk_that_it_was_stopped_in(whole, monkeypatch, chunk, steps):
    monkeypatch.setattr(stage, "chunk", lambda *_, **__: chunk)
    block = Block(whole.folder, whole.of, SEEDS)
    to_be_taken = 13 * -(-len(SEEDS) // chunk)
    if steps <= to_be_taken:
        with pytest.raises(Stopped, match="stopped by the test; state saved"):
            block.train(After(steps))
        assert not block.run.exists()
    block.train()
    assert_same(block, whole)


def test_stopped_at_every_turn_it_still_ends_the_same(whole):
    block = Block(whole.folder, whole.of, SEEDS)
    stops = 0
    while not block.run.exists():
        try:
            block.train(After(3))
        except Stopped:
            stops += 1
    assert stops == 4
    assert_same(block, whole)


def test_a_stopped_chunking_is_kept_where_memory_differs(whole, monkeypatch):
    """A GPU with less free memory would cut the block otherwise."""
    block = Block(whole.folder, whole.of, SEEDS)
    monkeypatch.setattr(device, "CPU_FLOATS", 1)
    with pytest.raises(Stopped):
        block.train(After(20))
    monkeypatch.setattr(device, "CPU_FLOATS", 1e12)
    block.train()
    assert_same(block, whole)


def test_a_training_that_saved_is_not_lost_with_its_outputs(whole, caplog):
    """Snakemake deletes them where a job fails after its last step."""
    block = Block(whole.folder, whole.of, SEEDS)
    with pytest.raises(Stopped):
        block.train(After(4))
    block.train()
    for path in (*block.kept, block.history, block.timing, block.run):
        path.unlink()
    caplog.clear()
    with caplog.at_level("INFO"):
        block.train()
    assert "resuming at step 12 of 12" in caplog.text
    assert_same(block, whole)


def test_a_short_training_leaves_no_state(whole):
    assert not whole.states.exists()


def test_other_code_begins_anew_and_says_so(whole, caplog):
    block = Block(whole.folder, whole.of, SEEDS)
    with pytest.raises(Stopped):
        block.train(After(4))
    block.train(code="other code")
    assert "of these runs with other code; it may be deleted" in caplog.text
    assert "resuming" not in caplog.text


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A block that trains for some seconds."""
    block = Block(tmp_path_factory.mktemp("long"), cell({}, steps=1500), SEEDS, "whole")
    block.train()
    return block


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGKILL])
def test_a_process_that_is_signalled_goes_on_when_it_is_run_again(long, tmp_path, number):
    block = long.beside(tmp_path)
    first = block.start(every=0.01)
    block.wait_for_point(first)
    first.send_signal(number)
    _, said = first.communicate()
    if number == signal.SIGKILL:
        assert first.returncode == -number
    else:
        assert first.returncode == os.EX_TEMPFAIL
        assert f"reversal: stopped by {signal.Signals(number).name}; state saved before step" in said.splitlines()[-1]
    assert not block.run.exists()
    again = block.start()
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert "resuming at step" in said
    assert_same(block, long)


def test_a_job_stops_before_its_runtime_ends_where_that_is_enforced(tmp_path):
    block = Block(tmp_path, cell({}, steps=1_000_000), SEEDS)
    job = block.start("--runtime", "0.1", environment={ENFORCED: "1"})
    _, said = job.communicate()
    assert job.returncode == os.EX_TEMPFAIL
    assert "stopped by the approaching end of its runtime (0.1 min); state saved" in said.splitlines()[-1]
    assert block.points()


def test_an_unwritable_state_folder_costs_a_line_and_no_training(tmp_path):
    block = Block(tmp_path, cell({}, steps=40), SEEDS)
    block.states.write_text("no folder")
    job = block.start(every=0.0)
    _, said = job.communicate()
    assert job.returncode == 0
    assert "state not saved: " in said
    assert block.run.exists()
