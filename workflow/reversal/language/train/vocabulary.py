"""The tokenizer of a run: trained on its passages, kept with its checkpoints.

It is trained on what the run reads and on nothing that it is asked: a question's word that no passage has is [UNK].
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from reversal import registry

PAD, UNKNOWN, BEGINNING, MASK = SPECIAL = ("[PAD]", "[UNK]", "[BOS]", "[MASK]")
"""In every vocabulary, of the models that have no use for one of them too: they are to be of the same size."""

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a job has the threads that it asked for


def trained(texts: Sequence[str], entities: Iterable[str], settings: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer that settings ask for, every text behind a beginning token.

    Args:
        texts: passages.
        entities: that they speak of.
        settings: `kind`, a file of `language/train/tokenizers/`, and that file's.
    """
    kind = registry.load("language.train.tokenizers", settings["kind"])
    tokenizer, trainer = kind.untrained(entities, settings, list(SPECIAL), UNKNOWN)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = TemplateProcessing(
        single=f"{BEGINNING} $A", special_tokens=[(BEGINNING, tokenizer.token_to_id(BEGINNING))]
    )
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, longest: int) -> None:
    """Into a folder as transformers' `AutoTokenizer` loads it.

    Args:
        tokenizer: a trained one.
        folder: of a checkpoint.
        longest: tokens that its model has positions for.
    """
    from transformers import PreTrainedTokenizerFast

    kept = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=BEGINNING,
        mask_token=MASK,
        model_max_length=longest,
    )
    kept.save_pretrained(folder)
