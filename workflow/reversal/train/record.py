"""`run.json`: provenance, what was trained, with what, and what came of it."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from reversal import __version__
from reversal.fingerprint import fingerprint
from reversal.tables import replacing


def write(
    path: Path,
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    learnt: Mapping[int, float],
    device: torch.device,
    libraries: Sequence[str],
    **more: Any,
) -> None:
    """Write the record of the runs of a cell.

    Args:
        path: of `run.json`.
        settings: of the cell.
        seeds: of its runs.
        learnt: seed → accuracy of its worst trained query at the end.
        device: that trained them.
        libraries: that computed the numbers, beside torch.
        more: what else is to be known of these runs.
    """
    versions = {"reversal": __version__, "torch": torch.__version__, **{name: version(name) for name in libraries}}
    record = {
        "fingerprint": fingerprint(settings),
        "settings": settings,
        "seeds": list(seeds),
        "trained_accuracy": learnt,
        **more,
        "device": device.type,
        "versions": versions,
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
