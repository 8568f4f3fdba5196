"""ModernBERT's decoder: the decoders of the Ettin family (Weller et al. 2025)."""

from reversal.language.probe.adapters import Family
from reversal.language.probe.adapters._modernbert_like import GROUPS

FAMILY = Family(classes={"causal": "AutoModelForCausalLM"}, layers="model.layers", groups=GROUPS)
