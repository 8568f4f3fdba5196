"""A model with Dream's interface: attentions refused, grouped heads repeated by hand, logits shifted by one place."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import MaskedLMOutput

from .configuration_dream import DreamConfig


class DreamAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads, self.groups = config.num_attention_heads, config.num_key_value_heads
        width = config.hidden_size
        size = width // self.heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj, self.v_proj = (nn.Linear(width, size * self.groups) for _ in range(2))
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(self, x, attention_mask=None, output_attentions=False):
        if output_attentions:
            raise ValueError("attentions are not returned")
        q = self.q_proj(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (
            part(x).unflatten(-1, (self.groups, -1)).transpose(1, 2).repeat_interleave(self.heads // self.groups, 1)
            for part in (self.k_proj, self.v_proj)
        )
        mask = attention_mask if isinstance(attention_mask, torch.Tensor) else None
        seen = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=False)
        return self.o_proj(seen.transpose(1, 2).flatten(2))


class DreamMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj, self.up_proj = (
            nn.Linear(config.hidden_size, config.intermediate_size, bias=False) for _ in range(2)
        )
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DreamDecoderLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.self_attn, self.mlp = DreamAttention(config), DreamMLP(config)
        self.input_layernorm, self.post_attention_layernorm = (nn.RMSNorm(config.hidden_size) for _ in range(2))

    def forward(self, x, attention_mask=None, output_attentions=False):
        x = x + self.self_attn(self.input_layernorm(x), attention_mask, output_attentions)
        return x + self.mlp(self.post_attention_layernorm(x))


class DreamBaseModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([DreamDecoderLayer(config) for _ in range(config.num_hidden_layers)])
        self.norm = nn.RMSNorm(config.hidden_size)


class DreamModel(PreTrainedModel):
    config_class = DreamConfig
    base_model_prefix = "model"

    def __init__(self, config):
        super().__init__(config)
        self.model = DreamBaseModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def _init_weights(self, module):
        if isinstance(module, nn.Linear | nn.Embedding):
            module.weight.data.normal_(std=0.5)

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def forward(self, input_ids=None, attention_mask=None, output_attentions=False, **rest):
        x = self.model.embed_tokens(input_ids)
        for layer in self.model.layers:
            x = layer(x, attention_mask, output_attentions)
        return MaskedLMOutput(logits=self.lm_head(self.model.norm(x)))
