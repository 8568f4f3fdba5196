"""Qwen2 and Qwen2.5 (Yang et al. 2024)."""

from reversal.language.adapters import Family
from reversal.language.adapters._llama_like import GROUPS

FAMILY = Family(classes={"causal": "AutoModelForCausalLM"}, layers="model.layers", groups=GROUPS)
