"""What a language model's heads see, in the rows that are asked for, while it runs as it always does.

Nearly every model in use ends its attention in torch's `scaled_dot_product_attention`: those of `transformers`, which
are asked for it, and code that comes with a checkpoint (LLaDA, Dream). A torch function mode sees the call: queries
and keys after whatever positions do to them, the scale, the mask. A hook on each layer says whose call it is. So one
way serves all, the model's own numbers are not touched, and a layer that ends otherwise is missed by the count and is
an error. Only the rows of the answer's places are computed, so what it costs does not grow with the square of a length.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from reversal.errors import ReversalError


class Rows:
    """R rows of one layer's attention: B sentences, H heads, L places, D numbers a head; in single precision."""

    def __init__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        mask: torch.Tensor | None,
        causal: bool,
        scale: float,
        at: torch.Tensor,
    ) -> None:
        """Take the rows `at` (B, R) of queries (B, H, L, D), with keys (B, H or a divisor of it, L, D)."""
        self.heads = query.shape[1]
        self.at = at
        self.scale = scale
        self.query = _along(query, at).float()
        self.key = key.float()
        self.mask = mask
        self.causal = causal

    @cached_property
    def scores(self) -> torch.Tensor:
        """S = q·k scale, before mask and softmax, (B, H, R, L)."""
        return self.against(self.key)

    def against(self, key: torch.Tensor) -> torch.Tensor:
        """The scores of these rows' queries against other keys (B, H or a divisor of it, K, D), (B, H, R, K)."""
        sentences, groups, _, width = key.shape
        shared = self.query.reshape(sentences, groups, -1, width)  # heads that share keys, one under another
        return (shared @ key.transpose(-1, -2)).view(sentences, self.heads, -1, key.shape[2]) * self.scale

    @cached_property
    def bias(self) -> torch.Tensor:
        """What the mask adds to the scores, (B or 1, H or 1, R, L)."""
        places = torch.arange(self.key.shape[2], device=self.key.device)
        if self.causal:
            return torch.zeros((), device=self.key.device).where(places <= self.at[:, None, :, None], -torch.inf)
        if self.mask is None:
            return self.key.new_zeros(1)
        mask = self.mask[(None,) * (4 - self.mask.dim())]
        mask = mask.expand(len(self.at), -1, int(self.at.max()) + 1 if mask.shape[2] == 1 else -1, -1)
        mask = _along(mask, self.at)
        if mask.dtype == torch.bool:
            return torch.zeros((), device=mask.device).where(mask, -torch.inf)
        return mask.float()

    @cached_property
    def weights(self) -> torch.Tensor:
        """Attention weights, (B, H, R, L)."""
        return (self.scores + self.bias).softmax(-1)


def _along(values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Values (B, H, L, W) at places (B, R) of their third axis, (B, H, R, W)."""
    index = places[:, None, :, None].expand(-1, values.shape[1], -1, values.shape[3])
    return values.gather(2, index)


Take = Callable[[int, Rows], None]
"""What is done with a layer's rows, by the layer's number."""


class _Seer(TorchFunctionMode):
    """Hands every layer's call on to `take`, once it is known which layer runs."""

    def __init__(self, rows: torch.Tensor, take: Take) -> None:
        super().__init__()
        self.rows = rows
        self.take = take
        self.layer: int | None = None
        self.seen: list[int] = []

    def enter(self, layer: int, *_: Any) -> None:
        self.layer = layer

    def leave(self, *_: Any) -> None:
        self.layer = None

    def __torch_function__(self, function: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is F.scaled_dot_product_attention and self.layer is not None:
            self._see(*args, **kwargs)
        return function(*args, **kwargs)

    def _see(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> None:
        at = self.rows.to(query.device)
        if query.dim() != 4 or len(query) != len(at) or query.shape[1] % key.shape[1]:
            raise ReversalError(
                f"layer {self.layer} attends with queries of shape {tuple(query.shape)} where {len(at)} sentences were shown; "
                "code that packs sentences into one another cannot be recorded: load it with attention 'sdpa'"
            )
        self.seen.append(self.layer)
        self.take(self.layer, Rows(query, key, attn_mask, is_causal, scale or query.shape[-1] ** -0.5, at))


@contextmanager
def recorded(layers: Sequence[torch.nn.Module], rows: torch.Tensor, take: Take, checkpoint: str) -> Iterator[None]:
    """While the model runs once, hand the given rows of every layer to `take`.

    Args:
        layers: of the model, in order.
        rows: places of each sentence, (B, R).
        take: is called once a layer.
        checkpoint: its name, for the error.

    Raises:
        ReversalError: a layer was not seen, or more than once.
    """
    seer = _Seer(rows, take)
    hooks = []
    for number, layer in enumerate(layers):
        hooks.append(layer.register_forward_pre_hook(partial(seer.enter, number)))
        hooks.append(layer.register_forward_hook(seer.leave))
    try:
        with seer:
            yield
    finally:
        for hook in hooks:
            hook.remove()
    if sorted(seer.seen) != list(range(len(layers))):
        missed = [number for number in range(len(layers)) if seer.seen.count(number) != 1]
        raise ReversalError(
            f"{checkpoint}: {len(layers) - len(missed)} of {len(layers)} layers recorded their attention once, layer "
            f"{missed[0]} did so {seer.seen.count(missed[0])} times; its code must call torch's scaled_dot_product_attention "
            "once a layer: load it with attention 'sdpa' (its adapter's `attention`), without flash attention"
        )
