"""Hugging Face's GPT-2 of the same shape, in the loop that its users write: labels in, loss out, AdamW.

What only costs time is off, so that it is as fast as it can be without another loop: dropout, the cache of keys and values,
and GPT-2's approximate GELU, which is computed in eight passes where PyTorch's own takes one. It has biases besides, and
reads the last token too.
"""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from bench.loops.plain import adamw
from bench.loops.work import Shape, Work, batches


class HuggingFace:
    """One seed's training."""

    def __init__(self, work: Work, device: torch.device, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.work = work
        self.model = GPT2LMHeadModel(configuration(work)).to(device).train()
        self.model.loss_type = "ForCausalLM"  # what it takes anyway, after a warning
        self.batches = batches(work, seed, device)
        self.optimiser = adamw(self.model, work)

    def step(self) -> None:
        tokens = next(self.batches)
        self.model(input_ids=tokens, labels=tokens).loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()


def fits(shape: Shape) -> bool:
    """Is it a shape that GPT-2 can have?"""
    return shape.mlp and shape.position == "learned"


def configuration(work: Work) -> GPT2Config:
    """GPT-2 in the work's shape."""
    shape, begin = work.shape, work.vocabulary + 1
    return GPT2Config(
        vocab_size=work.vocabulary + 2,
        n_positions=work.sentences.shape[-1] + 1,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        activation_function="gelu",
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        use_cache=False,
        bos_token_id=begin,
        eos_token_id=begin,
    )
