"""Which files the ledger of claims is made of, and what they say as one number. Imports no pandas: the plan needs it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

HOME = Path(__file__).parent.parent.parent
"""The folder of the Snakefile."""


def path(name: str) -> Path:
    """A file of the ledger, which a config names as seen from the folder of the Snakefile."""
    return HOME / name


def digest(files: Iterable[str | Path]) -> str:
    """SHA-256 of one file after the other, as `cat … | sha256sum` tells it."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(Path(file).read_bytes())
    return whole.hexdigest()
