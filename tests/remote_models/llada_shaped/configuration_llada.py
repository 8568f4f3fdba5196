"""A configuration with LLaDA's interface: its own names for everything."""

from transformers import PretrainedConfig


class LLaDAConfig(PretrainedConfig):
    model_type = "llada"

    def __init__(self, d_model=16, n_heads=4, n_layers=2, mlp_hidden_size=24, vocab_size=64, mask_token_id=5, **rest):
        self.d_model = d_model
        self.n_heads = n_heads
        self.n_layers = n_layers
        self.mlp_hidden_size = mlp_hidden_size
        self.vocab_size = vocab_size
        self.mask_token_id = mask_token_id
        super().__init__(**rest)
