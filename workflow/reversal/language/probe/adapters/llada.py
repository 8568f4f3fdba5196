"""LLaDA (Nie et al. 2025): a masked diffusion model in OLMo's code; it ignores attention masks."""

from reversal.language.probe.adapters import Family

FAMILY = Family(
    classes={"masked": "AutoModel"},
    layers="model.transformer.blocks",
    groups={
        "wte": "embedding",
        "transformer.ff_out": "unembedding",
        "q_proj": "query_key",
        "k_proj": "query_key",
        "q_norm": "norm",
        "k_norm": "norm",
        "v_proj": "value_output",
        "attn_out": "value_output",
        "ff_proj": "mlp",
        "up_proj": "mlp",
        "ff_out": "mlp",
        "attn_norm": "norm",
        "ff_norm": "norm",
        "ln_f": "norm",
    },
    mask_token="<|mdm_mask|>",
    attention=None,
)
