"""The configs as Snakemake reads them."""

from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

ROOT = Path(__file__).parent.parent


def read_config(*overlays: str) -> dict[str, Any]:
    """config.yaml with overlays on top, merged by Snakemake's own function."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for overlay in overlays:
        update_config(config, yaml.safe_load((ROOT / overlay).read_text(encoding="utf-8")))
    return config
