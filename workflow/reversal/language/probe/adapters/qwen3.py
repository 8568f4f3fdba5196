"""Qwen3 (Yang et al. 2025)."""

from reversal.language.probe.adapters import Family
from reversal.language.probe.adapters._llama_like import GROUPS

FAMILY = Family(classes={"causal": "AutoModelForCausalLM"}, layers="model.layers", groups=GROUPS)
