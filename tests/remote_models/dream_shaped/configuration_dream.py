"""A configuration with Dream's interface: Qwen's names."""

from transformers import PretrainedConfig


class DreamConfig(PretrainedConfig):
    model_type = "Dream"

    def __init__(self, hidden_size=16, intermediate_size=24, num_attention_heads=4, num_hidden_layers=2,
                 num_key_value_heads=2, vocab_size=64, mask_token_id=5, **rest):  # fmt: skip
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.num_attention_heads = num_attention_heads
        self.num_hidden_layers = num_hidden_layers
        self.num_key_value_heads = num_key_value_heads
        self.vocab_size = vocab_size
        self.mask_token_id = mask_token_id
        super().__init__(**rest)
