"""Hugging Face's GPT-2 of the same shape, in the loop that its users write: labels in, loss out, AdamW."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from bench.loops.work import Work, batches


class HuggingFace:
    """One seed's training. GPT-2 always has MLPs, so only shapes that have them are its own."""

    def __init__(self, work: Work, device: torch.device, seed: int = 0) -> None:
        torch.manual_seed(seed)
        shape, optimisation = work.shape, work.settings["optimisation"]
        config = GPT2Config(
            vocab_size=work.vocabulary + 2,
            n_positions=work.sentences.shape[-1] + 1,
            n_embd=shape.width,
            n_layer=shape.layers,
            n_head=shape.heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=work.vocabulary + 1,
            eos_token_id=work.vocabulary + 1,
        )
        self.model = GPT2LMHeadModel(config).to(device).train()
        self.batches: Iterator = batches(work, seed)
        self.begin, self.device = work.vocabulary + 1, device
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=optimisation["learning_rate"],
            betas=tuple(optimisation["betas"]),
            weight_decay=optimisation["weight_decay"],
        )

    def step(self) -> None:
        tokens = F.pad(torch.from_numpy(next(self.batches)).to(self.device), (1, 0), value=self.begin)
        loss = self.model(input_ids=tokens, labels=tokens).loss
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
