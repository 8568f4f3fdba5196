"""ModernBERT, which sees both sides: rotary positions, gated layers, every third layer global (Warner et al. 2024)."""

from collections.abc import Mapping
from typing import Any

import torch
from transformers.models.modernbert.configuration_modernbert import ModernBertConfig
from transformers.models.modernbert.modeling_modernbert import ModernBertForMaskedLM

from reversal.language.train.architectures._sizes import arguments
from reversal.language.train.batch import hidden as asked
from reversal.language.train.seen import Seen

__all__ = ["asked"]

ATTENTION = "bidirectional"
SETTINGS = {
    "width": {
        "description": "Width of the hidden states.",
        "type": "integer",
        "minimum": 2,
        "maximum": 100000,
        "default": 128,
    },
    "layers": {"description": "Layers.", "type": "integer", "minimum": 1, "maximum": 1000, "default": 2},
    "heads": {
        "description": "Attention heads a layer; they divide the width.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 4,
    },
    "feedforward": {
        "description": "Width of the gated layer behind each attention.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000,
        "default": 256,
    },
    "initialiser": {
        "description": "Standard deviation of the initial weights; with transformers' .02, small models hardly learn.",
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 10,
        "default": 0.08,
    },
}


def build(settings: Mapping[str, Any], vocabulary: int, special: Mapping[str, int]) -> ModernBertForMaskedLM:
    """The model, its parameters drawn from torch's generator."""
    return ModernBertForMaskedLM(ModernBertConfig(**arguments(settings, vocabulary, special)))


def logits(model: ModernBertForMaskedLM, seen: Seen, rows: torch.Tensor) -> torch.Tensor:
    """Of M places of the flattened rows, (M, V)."""
    near = seen.distance.abs() <= model.config.sliding_window
    masks = {"full_attention": seen.same, "sliding_attention": seen.same & near}
    states = model.model(input_ids=seen.tokens, position_ids=seen.positions, attention_mask=masks).last_hidden_state
    return model.decoder(model.head(states.flatten(0, 1)[rows]))
