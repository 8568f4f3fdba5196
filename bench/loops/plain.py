"""The same model as anybody would write it: modules, one seed, PyTorch's attention, PyTorch's AdamW."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn

from bench.loops.work import Work, batches


class Plain:
    """One seed's training."""

    def __init__(self, work: Work, device: torch.device, seed: int = 0) -> None:
        torch.manual_seed(seed)
        optimisation = work.settings["optimisation"]
        self.model = Transformer(work).to(device)
        self.batches: Iterator = batches(work, seed)
        self.begin, self.device = work.vocabulary + 1, device
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=optimisation["learning_rate"],
            betas=tuple(optimisation["betas"]),
            weight_decay=optimisation["weight_decay"],
            fused=True,
        )

    def step(self) -> None:
        tokens = torch.from_numpy(next(self.batches)).to(self.device)
        loss = self.loss(tokens)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()

    def loss(self, tokens: torch.Tensor) -> torch.Tensor:
        """Mean −log p of every token given those before it."""
        read = F.pad(tokens[:, :-1], (1, 0), value=self.begin)
        return F.cross_entropy(self.model(read).flatten(0, 1), tokens.flatten())


class Transformer(nn.Module):
    """Pre-norm, no biases, learned positions, tied embeddings."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        shape, length = work.shape, work.sentences.shape[-1]
        self.vocabulary = work.vocabulary
        self.embedding = nn.Embedding(work.vocabulary + 2, shape.width)
        self.position = nn.Embedding(length + 1, shape.width)
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads, shape.mlp) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.embedding(tokens) + self.position(places)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.embedding.weight[: self.vocabulary].T


class Block(nn.Module):
    """Attention, and an MLP where there is one."""

    def __init__(self, width: int, heads: int, mlp: bool) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width, bias=False)
        self.joint = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.mlp = (
            nn.Sequential(
                nn.LayerNorm(width, bias=False),
                nn.Linear(width, 4 * width, bias=False),
                nn.GELU(),
                nn.Linear(4 * width, width, bias=False),
            )
            if mlp
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        split = self.joint(self.norm_attention(x)).unflatten(-1, (3, self.heads, -1)).transpose(1, 3)
        query, key, value = split.unbind(2)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).flatten(2))
        return x if self.mlp is None else x + self.mlp(x)
