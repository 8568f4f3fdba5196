"""The full counts: training killed, cut short, raced and out of disk, again and again; `make torture` runs them."""

import os
import subprocess
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from reversal.train.state import Store
from tests.blocks import Block, assert_same
from tests.torture.conftest import TIMES, child, torn

pytestmark = pytest.mark.torture
RACES = 50


def newest_step(block: Block) -> int:
    """Where the next attempt will go on."""
    folder = next(iter(block.states.glob("*")), None)
    if folder is None:
        return 0
    store = Store(block.states, {}, "")
    store.fingerprint, store.folder = folder.name, folder
    point = store.newest(block.of.checkpoints)
    return point.step if point else 0


def folder_for(tmp_path, number):
    path = tmp_path / str(number)
    path.mkdir()
    return path


def duration(whole, tmp_path) -> float:
    """Seconds that a child takes when nobody disturbs it."""
    block = whole.beside(folder_for(tmp_path, "undisturbed"))
    began = time.monotonic()
    process = child(block)
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - began


def killed(whole, tmp_path, draws) -> Iterator[Block]:
    """Trainings killed at random moments, for ever; those that were done before are left out."""
    seconds = duration(whole, tmp_path)
    while True:
        block = whole.beside(folder_for(tmp_path, len(list(tmp_path.iterdir()))))
        process = child(block)
        process.join(draws.uniform(0, seconds))
        process.kill()
        process.join()
        if process.exitcode != 0:
            yield block


def test_killed_at_random_moments_it_ends_the_same(whole, family, tmp_path, draws, counted):
    resumed = []
    for block in islice(killed(whole, tmp_path, draws), TIMES):
        assert torn(block.folder) == []
        resumed.append(newest_step(block))
        block.train()
        assert_same(block, whole)
    counted(f"{TIMES} kills, resumed at steps {sorted(resumed)}, bit-identical")


def test_cut_at_random_lengths_it_ends_the_same(whole, family, tmp_path, draws, counted):
    resumed = []
    begun = (block for block in killed(whole, tmp_path, draws) if block.points())
    for block in islice(begun, TIMES):
        made = sorted(block.states.glob("*/checkpoints/*"))
        for path in [block.points()[-1], made[draws.integers(len(made))]][: 1 + len(resumed) % 2]:
            path.write_bytes(path.read_bytes()[: draws.integers(path.stat().st_size)])
        resumed.append(newest_step(block))
        block.train()
        assert_same(block, whole)
    counted(f"{TIMES} states cut, half of them in a checkpoint too, resumed at steps {sorted(resumed)}, bit-identical")


def test_two_writers_never_tear_a_file(whole, tmp_path, draws, counted):
    seconds, looks = duration(whole, tmp_path), 0
    for number in range(RACES):
        block = whole.beside(folder_for(tmp_path, number))
        racers = [child(block)]
        time.sleep(draws.uniform(0, seconds))
        racers.append(child(block))
        while any(racer.is_alive() for racer in racers):
            assert torn(block.folder) == []
            looks += 1
        assert [racer.exitcode for racer in racers] == [0, 0]
        assert torn(block.folder) == []
        assert_same(block, whole)
    counted(f"{RACES} races, {looks} looks at every file meanwhile, none torn")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk that is too small")
def test_a_disk_that_fills_up_loses_nothing(whole, tmp_path, draws, counted):
    block = whole.beside(folder_for(tmp_path, "ample"))
    child(block).join()
    needed = sum(path.stat().st_size for path in block.folder.rglob("*") if path.is_file())
    said = []
    while len(said) < TIMES:
        disk = folder_for(tmp_path, f"disk{len(list(tmp_path.iterdir()))}")
        size = int(draws.uniform(0.1, 1) * needed)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True)
        try:
            block = whole.beside(disk)
            job = block.start(every=0.0)
            _, log = job.communicate()
            if job.returncode == 0:
                continue  # it was enough
            assert job.returncode == 1, log
            assert "Traceback" not in log
            said.append(log.splitlines()[-1].split(": ")[1].rsplit("/", 1)[-1])
            assert "No space left on device" in log.splitlines()[-1]
            assert torn(disk) == []
            subprocess.run(["mount", "-o", f"remount,size={4 * needed}", str(disk)], check=True)
            block.train()
            assert_same(block, whole)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    counted(f"{TIMES} full disks, at {sorted(said)}, each one line, went on when there was room")
