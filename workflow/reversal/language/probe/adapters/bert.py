"""BERT (Devlin et al. 2019)."""

from reversal.language.probe.adapters import Family

FAMILY = Family(
    classes={"masked": "AutoModelForMaskedLM"},
    layers="bert.encoder.layer",
    groups={
        "LayerNorm": "norm",
        "word_embeddings": "embedding",
        "token_type_embeddings": "embedding",
        "position_embeddings": "position",
        "query": "query_key",
        "key": "query_key",
        "attention": "value_output",
        "intermediate": "mlp",
        "output": "mlp",
        "cls": "unembedding",
    },
)
