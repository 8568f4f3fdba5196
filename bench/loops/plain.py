"""The same model as anybody would write it: modules, one seed, PyTorch's attention, PyTorch's AdamW."""

import torch
import torch.nn.functional as F
from torch import nn

from bench.loops.work import Shape, Work, batches

BASE = 10000
"""Of the rotary frequencies."""


class Plain:
    """One seed's training."""

    def __init__(self, work: Work, device: torch.device, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.work = work
        self.model = Transformer(work).to(device)
        self.batches = batches(work, seed, device)
        self.optimiser = adamw(self.model, work)

    def step(self) -> None:
        loss = self.loss(next(self.batches))
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()

    def loss(self, tokens: torch.Tensor) -> torch.Tensor:
        """Mean −log p of every token given those before it; tokens (B, 1 + L) with the beginning one."""
        return F.cross_entropy(self.model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())


def adamw(model: nn.Module, work: Work) -> torch.optim.Optimizer:
    """PyTorch's optimiser in its fastest form, which is that of Hugging Face's `Trainer` too."""
    how = work.settings["optimisation"]
    rate, decay = how["learning_rate"], how["weight_decay"]
    return torch.optim.AdamW(model.parameters(), rate, tuple(how["betas"]), weight_decay=decay, fused=True)


class Transformer(nn.Module):
    """Pre-norm, no biases, tied embeddings; positions learned or rotary."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        shape, length = work.shape, work.sentences.shape[-1]
        self.vocabulary = work.vocabulary
        self.embedding = nn.Embedding(work.vocabulary + 2, shape.width)
        self.position = nn.Embedding(length, shape.width) if shape.position == "learned" else None
        self.blocks = nn.ModuleList(Block(shape, length) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding(tokens)
        if self.position is not None:
            x = x + self.position.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.embedding.weight[: self.vocabulary].T


class Block(nn.Module):
    """Attention, and an MLP where there is one."""

    def __init__(self, shape: Shape, length: int) -> None:
        super().__init__()
        width = shape.width
        self.attention = Attention(shape, length)
        self.mlp = (
            nn.Sequential(
                nn.LayerNorm(width, bias=False),
                nn.Linear(width, 4 * width, bias=False),
                nn.GELU(),
                nn.Linear(4 * width, width, bias=False),
            )
            if shape.mlp
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(x)
        return x if self.mlp is None else x + self.mlp(x)


class Attention(nn.Module):
    """Of several heads, to what stands before."""

    def __init__(self, shape: Shape, length: int) -> None:
        super().__init__()
        self.heads, self.rotary = shape.heads, shape.position == "rope"
        self.norm = nn.LayerNorm(shape.width, bias=False)
        self.joint = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.output = nn.Linear(shape.width, shape.width, bias=False)
        half = shape.width // shape.heads // 2
        angles = torch.outer(torch.arange(length), BASE ** (-torch.arange(half) / half))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        split = self.joint(self.norm(x)).unflatten(-1, (3, self.heads, -1)).transpose(1, 3)
        query, key, value = split.unbind(2)
        if self.rotary:
            query, key = self.turned(query), self.turned(key)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.output(mixed.transpose(1, 2).flatten(2))

    def turned(self, x: torch.Tensor) -> torch.Tensor:
        """x (B, H, L, D) with coordinates m and m + D / 2 turned by the place's angle."""
        one, other = x.chunk(2, dim=-1)
        return torch.cat((one * self.cos - other * self.sin, other * self.cos + one * self.sin), dim=-1)
