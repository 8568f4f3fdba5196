"""Byte-pair encoding: frequent sequences of characters are tokens, an entity is one or several (Sennrich et al. 2016).

Every word and sign begins with a mark (▁), whatever stands before it: its tokens are the same at the beginning of a
text, behind a space and behind a bracket.
"""

from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Metaspace, Sequence
from tokenizers.trainers import BpeTrainer

from reversal.language.train.tokenizers._pieces import pieces

SETTINGS = {
    "vocabulary": {
        "description": "Tokens at most, special ones and characters included; fewer where no pair is left to merge.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000000,
        "default": 2000,
    },
}


def untrained(
    entities: Iterable[str], settings: dict[str, Any], special: list[str], unknown: str
) -> tuple[Tokenizer, BpeTrainer]:
    """The tokenizer and what trains it.

    Args:
        entities: of the corpus; they are cut like any other text.
        settings: of this file.
        special: tokens that no text holds, the first of the vocabulary.
        unknown: which of them stands for a character that was not trained.
    """
    tokenizer = Tokenizer(BPE(unk_token=unknown))
    tokenizer.pre_tokenizer = Sequence([pieces(), Metaspace(prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer, BpeTrainer(vocab_size=settings["vocabulary"], special_tokens=special, show_progress=False)
