"""A language model before its training, and the folder that it is kept in."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from reversal import registry
from reversal.device import tensor
from reversal.language.train import vocabulary
from reversal.language.train.batch import Batch
from reversal.language.train.seen import seen
from reversal.randomness import stream

disable_progress_bar()  # a checkpoint of ours is written at once, and logs hold plain lines


def architecture(settings: Mapping[str, Any]) -> ModuleType:
    """The file of `language/train/architectures/` that a model's settings name."""
    return registry.load("language.train.architectures", settings["kind"])


def initial(settings: Mapping[str, Any], tokenizer: Tokenizer, seed: int) -> PreTrainedModel:
    """The model on the CPU as its seed draws it, whatever was drawn before and whatever device will train it."""
    special = {"pad": vocabulary.PAD, "beginning": vocabulary.BEGINNING}
    special = {name: tokenizer.token_to_id(token) for name, token in special.items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(stream(seed, "parameters").integers(2**63)))
        return architecture(settings).build(settings, tokenizer.get_vocab_size(), special)


def logits(kind: ModuleType, model: PreTrainedModel, batch: Batch, device: torch.device) -> torch.Tensor:
    """What a model of a kind answers at the places of a batch that are asked, (M, V)."""
    return kind.logits(model, seen(batch, device), tensor(batch.rows, device))


def size(model: PreTrainedModel) -> int:
    """Its parameters, tied ones counted once."""
    return sum(value.numel() for value in model.parameters())


def digest(parameters: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of parameters: what a folder of them is told by, for Snakemake knows of a folder no more than its time."""
    whole = hashlib.sha256()
    for name in sorted(parameters):
        whole.update(name.encode() + parameters[name].contiguous().numpy().tobytes())
    return whole.hexdigest()


@torch.no_grad()
def save(folder: Path, model: PreTrainedModel, parameters: Mapping[str, torch.Tensor], tokenizer: Tokenizer) -> None:
    """One checkpoint as transformers keeps models, its tokenizer with it.

    Args:
        folder: is made.
        model: whose parameters are set to those of the checkpoint.
        parameters: name → (1, …), as checkpoints have them.
        tokenizer: of its texts.
    """
    for name, value in model.named_parameters():
        value.copy_(parameters[name][0])
    model.save_pretrained(folder)
    vocabulary.save(tokenizer, folder, model.config.max_position_embeddings)
