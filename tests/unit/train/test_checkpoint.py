"""Checkpoints come back as they were kept, and a damaged one is named."""

import errno

import pytest
import torch

from reversal.errors import ReversalError
from reversal.train import checkpoint
from reversal.train.checkpoint import Checkpoint, joined, load, save


def made(seeds=(1, 2), step=7):
    count = len(seeds)
    values = torch.arange(count * 3.0).view(count, 3) + 10 * seeds[0]
    return Checkpoint(step, tuple(seeds), {"embedding": values, "theta": values + 1}, {"theta": values / 2})


def test_a_checkpoint_comes_back(tmp_path):
    save(tmp_path / "0.safetensors", made())
    back = load(tmp_path / "0.safetensors")
    assert (back.step, back.seeds) == (7, (1, 2))
    assert back.parameters.keys() == {"embedding", "theta"}
    assert back.update.keys() == {"theta"}
    assert torch.equal(back.update["theta"], made().update["theta"])


def test_the_same_checkpoint_is_the_same_file(tmp_path):
    for number in range(10):
        save(tmp_path / f"{number}.safetensors", made())
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_portions_are_the_checkpoint_in_parts(tmp_path):
    whole = made((1, 2, 3))
    save(tmp_path / "0.safetensors", whole)
    parts = list(checkpoint.portions(tmp_path / "0.safetensors", 2))
    assert [part.seeds for part in parts] == [(1, 2), (3,)]
    again = joined(parts)
    assert again.seeds == whole.seeds
    for name, value in whole.parameters.items():
        assert torch.equal(again.parameters[name], value)
    assert torch.equal(again.update["theta"], whole.update["theta"])


def test_chunks_are_joined_in_the_order_of_their_seeds():
    whole = joined([made((1, 2)), made((3,))])
    assert whole.seeds == (1, 2, 3)
    assert torch.equal(whole.parameters["theta"][2:], made((3,)).parameters["theta"])


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_damaged_or_missing_checkpoint_is_named(tmp_path, content):
    path = tmp_path / "3.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReversalError, match=r"3\.safetensors: checkpoint cannot be read"):
        load(path)


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(ReversalError, match=r"0\.safetensors: cannot be written \(No space left on device\)"):
        save(tmp_path / "0.safetensors", made())
    assert not list(tmp_path.iterdir())


def test_the_librarys_own_word_for_a_full_disk_is_understood(tmp_path, monkeypatch):
    def full(tensors, path, metadata):
        raise checkpoint.SafetensorError("I/O error: No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(ReversalError, match="cannot be written"):
        save(tmp_path / "0.safetensors", made())
