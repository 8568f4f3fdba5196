"""Code that comes with a checkpoint: runs only if the settings name the checkpoint, allow it and pin what it is.

A commit pins the code of a name. Of a folder, which anybody may have changed, the revision is the digest of its Python
files. Code of yet another checkpoint, which no revision here would pin, never runs.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reversal.errors import ReversalError

CONFIGURATIONS = ("config.json", "tokenizer_config.json")


def digest(folder: Path) -> str:
    """40 hex digits for the names and bytes of every Python file of a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
            found.update(len(part).to_bytes(8) + part)
    return found.hexdigest()[:40]


def runs(checkpoint: str, folder: Path, known: bool, allowed: bool, revision: str | None) -> bool:
    """Does code of the checkpoint run?

    Args:
        checkpoint: as the settings name it.
        folder: where it lies.
        known: has `transformers` a model of its type, so that none of its code is needed?
        allowed: do the settings allow it?
        revision: what they pin.

    Raises:
        ReversalError: code is needed and not allowed, or is not what was pinned.
    """
    named = sorted(set(_named(folder)))
    if not allowed:
        if named and not known:
            pin = digest(folder) if Path(checkpoint).expanduser().is_dir() else revision
            raise ReversalError(
                f"{checkpoint}: is code of its own ({', '.join(named)}), and remote_code is false; "
                f"if you have read and trust it, set remote_code: true and revision: {pin}"
            )
        return False
    elsewhere = [name for name in named if "--" in name]
    if elsewhere:
        raise ReversalError(
            f"{checkpoint}: names code of another checkpoint ({elsewhere[0]}), which no revision pins; "
            "copy the code into a folder of your own beside the weights and give that"
        )
    if Path(checkpoint).expanduser().is_dir() and revision != digest(folder):
        raise ReversalError(
            f"{checkpoint}: revision {revision!r} is not its code, whose digest is {digest(folder)}; "
            "if you have read and trust the code as it is, set that as revision"
        )
    return bool(named)


def _named(folder: Path) -> Iterator[str]:
    """The classes that the configurations of a folder name in code of its own."""
    for name in CONFIGURATIONS:
        for classes in configuration(folder, name).get("auto_map", {}).values():
            yield from (one for one in (classes if isinstance(classes, list) else [classes]) if one)


def configuration(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """What a configuration of a checkpoint says; nothing where there is none.

    Raises:
        ReversalError: it is damaged.
    """
    path = folder / name
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReversalError(f"{path}: damaged ({error}); fetch or save the checkpoint again") from None
    if not isinstance(found, dict):
        raise ReversalError(f"{path}: damaged (no mapping); fetch or save the checkpoint again")
    return found
