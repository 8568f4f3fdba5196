"""A model with LLaDA's interface: attentions refused, masks ignored, blocks in a ModuleDict, RoPE inside the block."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from .configuration_llada import LLaDAConfig


def turned(x):
    """RoPE on (B, H, L, D)."""
    length, half = x.shape[2], x.shape[3] // 2
    angles = torch.arange(length)[:, None] * 100.0 ** (-torch.arange(half) / half)
    one, other = x.chunk(2, -1)
    return torch.cat([one * angles.cos() - other * angles.sin(), one * angles.sin() + other * angles.cos()], -1)


class LLaDABlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config.d_model
        self.heads = config.n_heads
        self.attn_norm, self.ff_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.q_proj, self.k_proj, self.v_proj, self.attn_out = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.ff_proj, self.up_proj = (nn.Linear(width, config.mlp_hidden_size, bias=False) for _ in range(2))
        self.ff_out = nn.Linear(config.mlp_hidden_size, width, bias=False)

    def forward(self, x, attention_bias=None, layer_past=None, use_cache=False):
        normed = self.attn_norm(x)
        q, k, v = (
            part(normed).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        seen = F.scaled_dot_product_attention(turned(q), turned(k), v, attn_mask=None, dropout_p=0.0, is_causal=False)
        x = x + self.attn_out(seen.transpose(1, 2).flatten(2))
        normed = self.ff_norm(x)
        return x + self.ff_out(F.silu(self.ff_proj(normed)) * self.up_proj(normed)), None


class LLaDAModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(config.vocab_size, config.d_model),
                "ln_f": nn.RMSNorm(config.d_model),
                "blocks": nn.ModuleList([LLaDABlock(config) for _ in range(config.n_layers)]),
                "ff_out": nn.Linear(config.d_model, config.vocab_size, bias=False),
            }
        )

    def forward(self, input_ids):
        x = self.transformer.wte(input_ids)
        for block in self.transformer.blocks:
            x, _ = block(x)
        return self.transformer.ff_out(self.transformer.ln_f(x))


class LLaDAModelLM(PreTrainedModel):
    config_class = LLaDAConfig
    base_model_prefix = "model"

    def __init__(self, config):
        super().__init__(config)
        self.model = LLaDAModel(config)
        self.post_init()

    def _init_weights(self, module):
        if isinstance(module, nn.Linear | nn.Embedding):
            module.weight.data.normal_(std=0.5)

    def get_input_embeddings(self):
        return self.model.transformer.wte

    def forward(self, input_ids=None, attention_mask=None, use_cache=None, output_attentions=None, **rest):
        if output_attentions:
            raise ValueError("output_attentions is not yet supported in LLaDA")
        return CausalLMOutputWithPast(logits=self.model(input_ids))
