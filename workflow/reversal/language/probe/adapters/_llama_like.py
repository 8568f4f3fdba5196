"""Parameters as Llama names them, and Qwen and Dream after it."""

GROUPS = {
    "embed_tokens": "embedding",
    "lm_head": "unembedding",
    "q_proj": "query_key",
    "k_proj": "query_key",
    "q_norm": "norm",
    "k_norm": "norm",
    "v_proj": "value_output",
    "o_proj": "value_output",
    "mlp": "mlp",
    "input_layernorm": "norm",
    "post_attention_layernorm": "norm",
    "norm": "norm",
}
