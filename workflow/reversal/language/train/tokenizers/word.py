"""Every word is a token, and so is every entity, whatever spaces and signs it holds."""

import re
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.trainers import WordLevelTrainer

from reversal.language.train.tokenizers._pieces import WORD_OR_SIGN, pieces

SETTINGS: dict = {}

UNBOUNDED = 2**31 - 1
"""Tokens at most: as many as there are words."""


def untrained(
    entities: Iterable[str], settings: dict[str, Any], special: list[str], unknown: str
) -> tuple[Tokenizer, WordLevelTrainer]:
    """The tokenizer and what trains it.

    Args:
        entities: of the corpus.
        settings: of this file; there are none.
        special: tokens that no text holds, the first of the vocabulary.
        unknown: which of them stands for a word that was not trained.
    """
    tokenizer = Tokenizer(WordLevel(unk_token=unknown))
    tokenizer.pre_tokenizer = pieces(_pattern(entities))
    return tokenizer, WordLevelTrainer(vocab_size=UNBOUNDED, special_tokens=special, show_progress=False)


def _pattern(entities: Iterable[str]) -> str:
    """Entities of more than a word, the longest first ("Guinea-Bissau" is no "Guinea"), or else a word or a sign."""
    composed = sorted({e for e in entities if not re.fullmatch(r"\w+", e)}, key=lambda entity: (-len(entity), entity))
    if not composed:
        return WORD_OR_SIGN
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, composed))})(?!\w)|{WORD_OR_SIGN}"
