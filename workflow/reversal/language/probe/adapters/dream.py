"""Dream (Ye et al. 2025): a masked diffusion model begun from Qwen2.5, whose shift by one place it keeps."""

from reversal.language.probe.adapters import Family
from reversal.language.probe.adapters._llama_like import GROUPS

FAMILY = Family(
    classes={"masked": "AutoModel"},
    layers="model.layers",
    groups=GROUPS,
    mask_token="<|mask|>",
    shifted=True,
    attention=None,
)
