"""Reads the site file for profile.yaml; a mistake in it ends Snakemake with one line that says the way out."""

import os
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

NAME = {"type": "string", "pattern": r"^[A-Za-z0-9_.,\-]+$"}
MINUTES = {"type": "integer", "minimum": 1}
MEMORY = {"type": "integer", "minimum": 1}
GPUS = {"type": "object", "minProperties": 1, "propertyNames": NAME, "additionalProperties": MEMORY}

SCHEMA = {
    "type": "object",
    "properties": {
        "cpu_partition": NAME,
        "gpu_partition": NAME,
        "gpu_type": {"anyOf": [NAME, {"type": "null"}]},
        "gpu_memory": {"anyOf": [GPUS, {"type": "null"}]},
        "account": {"anyOf": [NAME, {"type": "null"}]},
        "train_minutes": MINUTES,
        "evaluate_minutes": MINUTES,
        "accounting": {"type": "boolean"},
    },
    "additionalProperties": False,
}
SCHEMA["required"] = list(SCHEMA["properties"])

WANTED = {
    **dict.fromkeys(["cpu_partition", "gpu_partition"], "a partition's name, as `sinfo` lists it"),
    **dict.fromkeys(["gpu_type", "account"], "a name, or null for none"),
    "gpu_memory": "MB by type, such as {a100: 80000}, or null where all are alike",
    **dict.fromkeys(["train_minutes", "evaluate_minutes"], "a whole number of minutes, 1 or more"),
    "accounting": "true or false",
}


def read_site(profile: Path) -> dict:
    """The site's settings: from the file that REVERSAL_SITE names, else from site.yaml beside the profile.

    Raises:
        SystemExit: the file is not there, is no YAML, or lacks a key, has one too many or one with a wrong value.
    """
    path = Path(os.environ.get("REVERSAL_SITE") or profile / "site.yaml")
    try:
        site = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        sys.exit(f"reversal: {path}: {error.strerror}; REVERSAL_SITE names another site file than the profile's own")
    except yaml.YAMLError as error:
        sys.exit(f"reversal: {path}: no YAML: {' '.join(str(error).split())}")
    if isinstance(site, dict):
        site = {"gpu_memory": None, **site}  # sites written before there was such a key
    if mistake := next(mistakes(site), None):
        sys.exit(f"reversal: {path}: {mistake}")
    return site


def mistakes(site):
    """What is wrong with a site, a line each."""
    if not isinstance(site, dict):
        yield f"must hold the keys {', '.join(WANTED)}"
        return
    yield from (f"{key}: is missing; it must be {wanted}" for key, wanted in WANTED.items() if key not in site)
    yield from (f"{key}: no such key; there are {', '.join(WANTED)}" for key in site if key not in WANTED)
    for error in Draft202012Validator(SCHEMA).iter_errors(site):
        if error.path:
            yield f"{error.path[0]}: {error.instance!r} must be {WANTED[error.path[0]]}"
