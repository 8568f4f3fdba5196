"""Qwen2 and Qwen2.5 (Yang et al. 2024)."""

from reversal.language.probe.adapters import Family
from reversal.language.probe.adapters._llama_like import GROUPS

FAMILY = Family(classes={"causal": "AutoModelForCausalLM"}, layers="model.layers", groups=GROUPS)
