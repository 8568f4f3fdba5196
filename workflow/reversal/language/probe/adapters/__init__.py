"""What differs between families of language models, one small file a family.

A file is named like its checkpoints' `model_type`, in lower case and with underscores for hyphens, and offers `FAMILY`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reversal import registry
from reversal.errors import ReversalError

PACKAGE = "language.probe.adapters"


@dataclass(frozen=True)
class Family:
    """What the probe must know of a family and cannot see for itself."""

    classes: Mapping[str, str]
    """Kind, `masked` or `causal` → the class of `transformers` that loads such a model with its output layer."""
    layers: str
    """Where in the model the list of its layers lies, as a dotted path."""
    groups: Mapping[str, str]
    """Part of a parameter's dotted name → its group; the first part that occurs decides."""
    fused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Part of the name of a parameter that holds several groups, in equal shares of its first axis → those groups."""
    mask_token: str | None = None
    """The mask, where the tokenizer does not say which of its tokens it is."""
    shifted: bool = False
    """Are the scores of a place read one place before it, as of a causal model turned into a masked one?"""
    attention: str | None = "sdpa"
    """The attention implementation to ask for; null where the family's own code takes no such wish."""


def name(model_type: str) -> str:
    """The name of a family's file."""
    return model_type.lower().replace("-", "_")


def family(model_type: str, checkpoint: str) -> Family:
    """The family of a checkpoint.

    Raises:
        ReversalError: nobody has written its adapter.
    """
    known = registry.names(PACKAGE)
    if name(model_type) not in known:
        raise ReversalError(
            f"{checkpoint}: no adapter for models of type {model_type!r}; known: {', '.join(known)}; "
            f"for another, write workflow/reversal/language/probe/adapters/{name(model_type)}.py"
        )
    return registry.load(PACKAGE, name(model_type)).FAMILY
