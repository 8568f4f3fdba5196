"""How a checkpoint is read and what the probe asks of it, from the settings of a cell."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from reversal import registry
from reversal.errors import ReversalError


@dataclass(frozen=True)
class Reading:
    """One checkpoint's reading; what a setting does not say has its default here."""

    kind: str
    """`masked`: asked by [M] in the answer's place; `causal`: by what comes next."""
    revision: str | None = None
    """Of a name, the commit, 40 hex digits; of a folder whose own code is to run, that code's digest."""
    mask_token: str | None = None
    """Null: the family's, or else the tokenizer's own."""
    remote_code: bool = False
    """May code that comes with the checkpoint run?"""
    dtype: str = "float32"
    device_map: str | None = None
    """Null: the job's one device; `auto` spreads the layers (needs the package accelerate)."""
    shifted: bool | None = None
    """Does a place's answer stand one place before it? Null: as the family has it."""
    batch: int = 128
    """Sentences shown at once."""
    decoding: str = "at_once"
    """How masked answers of several tokens are filled in: `at_once`, or `confident_first`, one token a pass."""
    candidates: int = 0
    """Entities that an answer is ranked among, drawn once a role and relation; 0 takes all."""
    slopes: bool = True
    """Are gradients taken at all?"""
    compared: int = 32
    """Facts whose own gradients are compared, the first ones; 0 compares none."""
    layers: tuple[int, ...] | None = None
    """Layers whose gradients are taken, with nothing outside them; null takes every parameter."""

    @property
    def masked(self) -> bool:
        """Is the model asked by [M]?"""
        return self.kind == "masked"


PROBE = ("batch", "decoding", "candidates", "slopes", "compared", "layers")
"""Settings under `probe:`, of cells of either sort."""
CHECKPOINT = tuple(field.name for field in fields(Reading) if field.name not in PROBE)


def reading(settings: Mapping[str, Any]) -> Reading:
    """The reading of a published checkpoint, or of one trained here.

    Raises:
        ReversalError: a value that the probe does not know.
    """
    if "checkpoint" in settings:
        said = {name: settings[name] for name in CHECKPOINT if name in settings}
    else:
        seen = registry.literals("language.train.architectures", settings["model"]["kind"])["ATTENTION"]
        said = {"kind": "masked" if seen == "bidirectional" else "causal", "dtype": settings["precision"]}
    asked = dict(settings.get("probe", {}))
    for name in asked:
        if name not in PROBE:
            raise ReversalError(f"probe.{name}: no such key; known here: {', '.join(PROBE)}")
    if asked.get("layers") is not None:
        asked["layers"] = tuple(asked["layers"])
    found = Reading(**said, **asked)
    for name, allowed in (("kind", ("masked", "causal")), ("decoding", ("at_once", "confident_first"))):
        if getattr(found, name) not in allowed:
            raise ReversalError(f"{name}: {getattr(found, name)!r} does not fit; one of: {', '.join(allowed)}")
    return found
