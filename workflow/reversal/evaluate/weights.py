"""The table `weights`: the logit from A to B and back from B to A (P1, section 3), and how alike their embeddings are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from reversal.data.pairs import Pairs
from reversal.data.queries import frames, reverse, target
from reversal.data.query import Form, Query
from reversal.device import tensor
from reversal.models.model import Model, asked
from reversal.models.position import Parameters


@torch.no_grad()
def weigh(
    model: Model,
    parameters: Parameters,
    pairs: Sequence[Pairs],
    data: Mapping[str, Any],
    form: Form,
    device: torch.device,
) -> dict[str, np.ndarray]:
    """Columns of the table `weights` but seed, step and pair, (S, N) each."""
    onward = target(pairs, data, form)
    back = reverse(pairs, data, form, frames(data)[0])
    kinds = np.stack([run.a_type for run in pairs])
    a, b = (tensor(np.stack([getattr(run, name) for run in pairs]), device) for name in ("a", "b"))
    embedded = [model.embedded(parameters, words).mean(2) for words in (a, b)]
    cosines = F.normalize(embedded[0], dim=-1) @ F.normalize(embedded[1], dim=-1).transpose(1, 2)
    own = cosines.diagonal(dim1=1, dim2=2)
    others = (cosines.sum(2) - own) / max(cosines.shape[1] - 1, 1)
    columns = {
        "forward": _over_type(model, parameters, onward, pairs, 1 - kinds, device),
        "reverse": _over_type(model, parameters, back, pairs, kinds, device),
        "cosine": own,
        "cosine_others": others,
    }
    told = np.stack([run.both_ways for run in pairs])
    return {"both_ways": told, **{name: value.cpu().numpy() for name, value in columns.items()}}


def _over_type(
    model: Model, parameters: Parameters, query: Query, pairs: Sequence[Pairs], kinds: np.ndarray, device: torch.device
) -> torch.Tensor:
    """Logit of the answer over the mean logit of its type, mean over the answer's tokens, (S, N)."""
    logits = asked(model, parameters, query, device)
    answer = logits.gather(-1, tensor(query.answers, device).unsqueeze(-1)).squeeze(-1).mean(-1)
    words = [np.stack([run.words(kind).ravel() for run in pairs]) for kind in (0, 1)]
    by_type = torch.stack([_mean_of(logits.mean(2), tokens, device) for tokens in words], -1)
    return answer - by_type.gather(-1, tensor(kinds, device).unsqueeze(-1)).squeeze(-1)


def _mean_of(logits: torch.Tensor, tokens: np.ndarray, device: torch.device) -> torch.Tensor:
    """Mean over tokens (S, T) of logits (S, N, V), (S, N)."""
    index = tensor(tokens, device).unsqueeze(1).expand(-1, logits.shape[1], -1)
    return logits.gather(-1, index).mean(-1)
