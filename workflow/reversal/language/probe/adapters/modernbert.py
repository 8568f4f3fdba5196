"""ModernBERT (Warner et al. 2024), and the encoders of the Ettin family (Weller et al. 2025)."""

from reversal.language.probe.adapters import Family
from reversal.language.probe.adapters._modernbert_like import GROUPS

FAMILY = Family(
    classes={"masked": "AutoModelForMaskedLM"},
    layers="model.layers",
    groups=GROUPS,
    fused={"Wqkv": ("query_key", "query_key", "value_output")},
)
