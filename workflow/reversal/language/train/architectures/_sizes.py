"""What the settings of an architecture are called here and in transformers."""

from collections.abc import Mapping
from typing import Any

NAMES = {
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "feedforward": "intermediate_size",
    "initialiser": "initializer_range",
}


def arguments(settings: Mapping[str, Any], vocabulary: int, special: Mapping[str, int]) -> dict[str, Any]:
    """Arguments of a configuration: the settings, the size of the vocabulary and the numbers of its special tokens.

    Our vocabularies know no end of a text; the tokens for classes and separators, which no text of ours has, are [BOS].
    """
    named = {name: settings[ours] for ours, name in NAMES.items()}
    begins = dict.fromkeys(("bos_token_id", "cls_token_id", "sep_token_id"), special["beginning"])
    return {**named, **begins, "eos_token_id": None, "pad_token_id": special["pad"], "vocab_size": vocabulary}
