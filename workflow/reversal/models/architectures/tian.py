"""The theory's one-layer transformer (Tian et al. 2023, "Scan and Snap", section 3; P1, section 4).

Without positions, residual connection and value matrix of its own, and with orthogonal embeddings, a layer of attention
and its decoder are two matrices over tokens: Y, the logit from a token read to a token answered, and Z, the score of a
token read for the token that asks. For the query token q = x_T and the contextual tokens x_1 … x_(T−1),

    b = softmax over t < T of Z[q, x_t],    f = LN(Σ_t b_t e_(x_t)),    logits = Yᵀ f,    LN(x) = x / ‖x‖₂,

with e_x the unit vector of x. The query token chooses where to look and is not itself looked at; LN takes no mean off.
P1 asks `A R` for B: the context is A alone, its weight is 1 whatever Z says, and the logits are the row A of Y.

The bidirectional form is ours: [M] is the query token and all other tokens are its context. It sees a bag of words, so
that with one symmetric relation `source` and `reverse` are one question, and S_fwd = S_rev = Z[[M], B].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from reversal.models.model import normal
from reversal.models.position import Parameters, rows_of

SHAPES = {"y": ["read", "tokens"], "z": ["read", "read"]}
SETTINGS = {
    "attention": {
        "description": "Is the context what stands before the query token, or all other tokens?",
        "enum": ["causal", "bidirectional"],
        "default": "causal",
    },
    "initial_scale": {
        "description": "Standard deviation of the entries of Y and Z at the start.",
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "default": 0.0,
    },
}


class Architecture:
    """Tokens V (the mask) and V + 1 (beginning of sequence) are read and never answered, so Y has no columns for them."""

    frozen: frozenset[str] = frozenset()
    reach = 0

    def __init__(self, settings: Mapping[str, Any], vocabulary: int, length: int) -> None:
        self.settings = settings
        self.vocabulary = vocabulary
        self.causal = settings["attention"] == "causal"

    def initial(self, seeds: Sequence[int]) -> Parameters:
        read, scale = self.vocabulary + 2, self.settings["initial_scale"]
        return {
            "y": normal(seeds, "y", (read, self.vocabulary), scale),
            "z": normal(seeds, "z", (read, read), scale),
        }

    def logits(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        context, weights = self.attended(parameters, tokens, rows)
        share = (weights / _length(context, weights)).unsqueeze(-2)
        return (share @ rows_of(parameters["y"], context)).squeeze(-2)

    def attended(
        self, parameters: Parameters, tokens: torch.Tensor, rows: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The sentence of each place and the weight of each of its tokens, (S, M, L) both; 0 outside the context.

        A place without context has no weights: they are not numbers.
        """
        length = tokens.shape[-1]
        sentence, slot = rows // length, (rows % length).unsqueeze(-1)
        read = tokens.gather(1, sentence.unsqueeze(-1).expand(-1, -1, length))
        pair = read.gather(-1, slot) * (self.vocabulary + 2) + read
        scores = rows_of(parameters["z"].flatten(1).unsqueeze(-1), pair).squeeze(-1)
        line = torch.arange(length, device=tokens.device)
        unseen = line >= slot if self.causal else line == slot
        return read, scores.masked_fill(unseen, float("-inf")).softmax(-1)

    def embedded(self, parameters: Parameters, tokens: torch.Tensor) -> torch.Tensor:
        return F.one_hot(tokens, self.vocabulary + 2).to(parameters["y"].dtype)

    def group(self, name: str) -> str:
        return name


def _length(context: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """‖Σ_t b_t e_(x_t)‖₂ of tokens and weights (S, M, L), (S, M, 1); a token that occurs twice adds up."""
    same = (context.unsqueeze(-1) == context.unsqueeze(-2)).to(weights.dtype)
    return (weights.unsqueeze(-2) @ same @ weights.unsqueeze(-1)).squeeze(-1).sqrt()
