"""A folder that is there whole or not at all: written under a temporary name, synced and renamed, as tables are."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from reversal.errors import ReversalError
from reversal.tables import settle

REFUSED = (OSError, SafetensorError)
"""How a full disk is told: by the system, and by the library that writes weights."""
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
"""Why a folder is not renamed to a name: a rename replaces no folder that has something in it."""


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """A temporary folder beside `path` that becomes `path` when the block ends well, and goes when it does not.

    Raises:
        ReversalError: the folder cannot be written or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        made = temporary / "new"
        made.mkdir()  # with the rights of a plainly made folder; the temporary one has its owner's alone
        yield made
        for file in filter(Path.is_file, made.rglob("*")):
            settle(file)
        _put(made, path, temporary)
    except REFUSED as error:
        raise ReversalError(
            f"{path}: cannot be written ({getattr(error, 'strerror', None) or error}); "
            "free the disk or mend the folder's rights, and run again"
        ) from None
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _put(made: Path, path: Path, aside: Path) -> None:
    """Give a folder its name; what has it goes aside, also what another writer puts there meanwhile."""
    while True:
        try:
            made.rename(path)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
            with suppress(FileNotFoundError):  # the other writer is just doing the same
                path.rename(tempfile.mkdtemp(dir=aside))
        else:
            return
