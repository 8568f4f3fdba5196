"""A checkpoint's folder is there whole or not at all."""

import errno
import os

import pytest

from reversal.errors import ReversalError
from reversal.language import folder
from reversal.language.folder import replacing_folder


def content(path):
    return {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()}


def half_written(path, error):
    with replacing_folder(path) as temporary:
        (temporary / "weights").write_text("half")
        raise error


def test_it_is_not_there_before_it_is_whole(tmp_path):
    with replacing_folder(tmp_path / "made" / "trained") as temporary:
        (temporary / "within").mkdir()
        (temporary / "within" / "weights").write_text("all")
        assert not (tmp_path / "made" / "trained").exists()
    assert content(tmp_path) == {"made/trained/within/weights": "all"}
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["trained"]


@pytest.mark.parametrize("earlier", [{}, {"weights": "old", "tokenizer": "old"}], ids=["an empty one", "a full one"])
def test_it_replaces_the_one_before_it_and_leaves_nothing_of_that(tmp_path, earlier):
    path = tmp_path / "trained"
    path.mkdir()
    for name, text in earlier.items():
        (path / name).write_text(text)
    with replacing_folder(path) as temporary:
        (temporary / "weights").write_text("new")
    assert content(tmp_path) == {"trained/weights": "new"}


def test_what_fails_leaves_the_one_before_it(tmp_path):
    path = tmp_path / "trained"
    path.mkdir()
    (path / "weights").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        half_written(path, KeyboardInterrupt())
    assert content(tmp_path) == {"trained/weights": "old"}


def test_a_disk_that_refuses_is_one_line(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(ReversalError, match=r"trained: cannot be written \(No space left on device\); free the disk"):
        half_written(tmp_path / "trained", full)
    assert not list(tmp_path.iterdir())


def test_a_writer_that_comes_between_is_replaced(tmp_path, monkeypatch):
    """Another job puts the same checkpoint there once the one before it has gone aside."""
    path, aside = tmp_path / "trained", folder.tempfile.mkdtemp
    path.mkdir()
    (path / "weights").write_text("old")

    def meanwhile(**where):
        made = aside(**where)
        if where["dir"] != path.parent:
            path.rename(tmp_path / "gone")
        return made

    with replacing_folder(path) as temporary:
        monkeypatch.setattr(folder.tempfile, "mkdtemp", meanwhile)
        (temporary / "weights").write_text("new")
    assert content(path) == {"weights": "new"}


def test_others_may_read_it_as_any_other_file(tmp_path):
    """The library that writes weights gives them to their owner alone."""
    with replacing_folder(tmp_path / "trained") as temporary:
        (temporary / "weights").write_text("all")
        (temporary / "weights").chmod(0o600)
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "file").write_text("")
    for made, like in ((tmp_path / "trained", plain), (tmp_path / "trained" / "weights", plain / "file")):
        assert made.stat().st_mode == like.stat().st_mode
