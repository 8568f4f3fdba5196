"""Texts as tokens, and which of their tokens an entity is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from tokenizers import Encoding, Tokenizer

from reversal.errors import ReversalError
from reversal.language.train.texts import Text
from reversal.language.train.vocabulary import PAD

NEVER = -1
"""The unit of [BOS] and [PAD], which are never asked."""


class Sequences(NamedTuple):
    """B texts of up to L tokens, a beginning token included, padded behind their ends."""

    tokens: np.ndarray
    """int64 (B, L)."""
    units: np.ndarray
    """int64 (B, L): which unit of its text a token belongs to, from 0; tokens of a unit are hidden together."""

    def take(self, rows: np.ndarray) -> "Sequences":
        """Some of the texts, as long as the longest of them."""
        units = self.units[rows]
        longest = 1 + int(np.flatnonzero((units != NEVER).any(0))[-1])
        return Sequences(self.tokens[rows, :longest], units[:, :longest])

    def lengths(self) -> np.ndarray:
        """Tokens of each text, [BOS] not counted, (B,)."""
        return (self.units != NEVER).sum(1)

    def counts(self) -> np.ndarray:
        """Units of each text, (B,)."""
        return self.units.max(1) + 1

    def present(self) -> np.ndarray:
        """bool (B, L): is it no padding?"""
        return np.arange(self.tokens.shape[1]) <= self.lengths()[:, None]


def encoded(
    texts: Sequence[Text], tokenizer: Tokenizer, positions: int, whole: bool = False
) -> tuple[Sequences, list[list[range]]]:
    """Texts as tokens, and of each text the tokens that its entities are.

    Args:
        texts: B of them.
        tokenizer: that puts a beginning token before each.
        positions: tokens that the model can tell apart.
        whole: are an entity's tokens one unit? Otherwise every token is one.

    Raises:
        ReversalError: a text is longer than the model's positions, or an entity's tokens are not its own.
    """
    encodings = tokenizer.encode_batch([text.text for text in texts])
    longest = max(map(len, encodings))
    tokens = np.full((len(texts), longest), tokenizer.token_to_id(PAD), dtype=np.int64)
    units = np.full_like(tokens, NEVER)
    entities = []
    for row, (text, encoding) in enumerate(zip(texts, encodings, strict=True)):
        if len(encoding) > positions:
            raise ReversalError(
                f"{text.where}: its text is {len(encoding)} tokens long, and the model has positions for {positions}; "
                "shorten it, or cut it into several"
            )
        entities.append([places(text, span, encoding) for span in text.spans])
        tokens[row, : len(encoding)] = encoding.ids
        units[row, 1 : len(encoding)] = _units(len(encoding), entities[-1] if whole else [])
    return Sequences(tokens, units), entities


def places(text: Text, span: tuple[int, int], encoding: Encoding) -> range:
    """The tokens that an entity is, of its whole text's.

    Raises:
        ReversalError: there is none, or one of them is of what stands around the entity too.
    """
    start, end = span
    found = [place for place, (first, last) in enumerate(encoding.offsets) if first < end and last > start]
    if found and encoding.offsets[found[0]][0] == start and encoding.offsets[found[-1]][1] == end:
        return range(found[0], found[-1] + 1)
    cut = ", ".join(f"'{text.text[slice(*encoding.offsets[place])]}'" for place in found) or "none"
    raise ReversalError(
        f"{text.where}: the entity '{text.text[start:end]}' of '{text.text}' has no tokens of its own (there: {cut}); "
        "put spaces or signs on both sides of it, or mend where it is said to stand"
    )


def _units(tokens: int, entities: Sequence[range]) -> np.ndarray:
    """Units of all tokens behind [BOS]; those of an entity are one."""
    begins = np.ones(tokens, dtype=np.int64)
    for entity in entities:
        begins[entity.start + 1 : entity.stop] = 0
    return begins[1:].cumsum() - 1
