"""Pieces that no token reaches beyond: words, and signs one by one. Spaces between them are no tokens."""

from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

WORD_OR_SIGN = r"\w+|[^\w\s]"


def pieces(pattern: str = WORD_OR_SIGN) -> Split:
    """Cut at the matches of a regular expression, dropping what is between them."""
    return Split(Regex(pattern), "removed", invert=True)
