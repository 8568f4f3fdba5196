"""ModernBERT's causal twin: the same layers, but a token sees those before it alone (Weller et al. 2025, Ettin)."""

from collections.abc import Mapping
from typing import Any

import torch
from transformers.models.modernbert_decoder.configuration_modernbert_decoder import ModernBertDecoderConfig
from transformers.models.modernbert_decoder.modeling_modernbert_decoder import ModernBertDecoderForCausalLM

from reversal.language.train.architectures._sizes import arguments
from reversal.language.train.batch import continued as asked
from reversal.language.train.seen import Seen

__all__ = ["asked"]

ATTENTION = "causal"
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


def build(settings: Mapping[str, Any], vocabulary: int, special: Mapping[str, int]) -> ModernBertDecoderForCausalLM:
    """The model, its parameters drawn from torch's generator."""
    return ModernBertDecoderForCausalLM(ModernBertDecoderConfig(**arguments(settings, vocabulary, special)))


def logits(model: ModernBertDecoderForCausalLM, seen: Seen, rows: torch.Tensor) -> torch.Tensor:
    """Of M places of the flattened rows, (M, V)."""
    before = seen.same & (seen.distance >= 0)
    masks = {"full_attention": before, "sliding_attention": before & (seen.distance < model.config.sliding_window)}
    states = model.model(
        input_ids=seen.tokens, position_ids=seen.positions, attention_mask=masks, use_cache=False
    ).last_hidden_state
    return model.decoder(model.lm_head(states.flatten(0, 1)[rows]))
