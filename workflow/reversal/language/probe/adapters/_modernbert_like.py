"""Parameters as ModernBERT and its decoder name them."""

GROUPS = {
    "attn_norm": "norm",
    "mlp_norm": "norm",
    "final_norm": "norm",
    "norm": "norm",
    "tok_embeddings": "embedding",
    "q_proj": "query_key",
    "k_proj": "query_key",
    "v_proj": "value_output",
    "attn": "value_output",
    "mlp": "mlp",
    "head": "unembedding",
    "lm_head": "unembedding",
    "decoder": "unembedding",
}
