"""Next-token prediction: every token is asked from those before it, the first from [BOS] (Radford et al. 2018).

The loss of a text is the mean over its tokens, and that of a batch the mean over its texts, as for masked diffusion:
a text weighs as much for one as for the other.
"""

from typing import Any

import numpy as np

from reversal.language.train.sequences import NEVER, Sequences

FAMILY = "ARM"
TRAINED = ["target"]
ATTENTION = ["causal"]
SETTINGS: dict = {}


def weights(text: Sequences, draw: np.random.Generator, settings: dict[str, Any]) -> np.ndarray:
    """Of each token's −log p, (B, L); nothing in it is random."""
    return (text.units != NEVER) / (text.lengths() * len(text.tokens))[:, None]
