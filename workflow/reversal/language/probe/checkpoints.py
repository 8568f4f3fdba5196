"""Where a checkpoint lies: a folder on this machine, or a name on the Hugging Face hub at a pinned commit.

A name becomes the folder of its snapshot in the hub's cache. A commit that is there whole needs no network. Weights
other than safetensors are never fetched, and code only where it may run.
"""

import re
from pathlib import Path

from reversal.errors import ReversalError

COMMIT = re.compile("[0-9a-f]{40}")
NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
"""Configuration, weights, tokenizer."""
NOT = ("original/*", "consolidated*", "onnx/*", "openvino/*")
"""The same weights once more."""


def folder(checkpoint: str, revision: str | None, remote_code: bool) -> Path:
    """The folder of a checkpoint, fetched first if it is a name and not here yet.

    Raises:
        ReversalError: there is no such folder or name, or the hub does not hand it out.
    """
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        return path
    if not NAME.fullmatch(checkpoint) or checkpoint.startswith("."):
        raise ReversalError(
            f"{checkpoint}: no such folder; name a folder that save_pretrained wrote, or a checkpoint as OWNER/NAME"
        )
    if not COMMIT.fullmatch(revision or ""):
        raise ReversalError(
            f"{checkpoint}: revision {revision!r} pins nothing; a name needs the commit, 40 hex digits, "
            f"as its page lists them under 'Files', 'History' (if it was meant as a folder: {path.absolute()} is none)"
        )
    return _fetched(checkpoint, revision, (*FILES, "*.py") if remote_code else FILES)


def _fetched(name: str, revision: str, files: tuple[str, ...]) -> Path:
    """The folder of a snapshot in the hub's cache."""
    from huggingface_hub import errors, snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(files), ignore_patterns=list(NOT)))
    except errors.GatedRepoError:
        raise ReversalError(
            f"{name}: gated; accept its licence on its page, then log in with `hf auth login` or set HF_TOKEN"
        ) from None
    except errors.RevisionNotFoundError:
        raise ReversalError(f"{name}: has no revision {revision}; take a commit that its page lists") from None
    except errors.RepositoryNotFoundError:
        raise ReversalError(
            f"{name}: no such checkpoint on the hub, or a private one; mend the name, or log in with `hf auth login`"
        ) from None
    except Exception as error:  # what its HTTP client raises changes with its releases
        raise ReversalError(
            f"{name}: not in the cache and the hub cannot be reached ({_first_line(error)}); where there is a network, run "
            f"`hf download {name} --revision {revision}`, and take its cache along (HF_HOME) or give its folder as checkpoint"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
