"""Questions as tokens: where the answer and the given entity stand, in the tokens of the whole text.

An entity's tokens are what the text's tokens gain where the entity is written: the tokens of the text up to its end,
less those up to its beginning. That needs no character offsets, which tokenizers in plain Python do not keep, and it
holds only if no token lies across an end of the entity, which is then an error and no wrong answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reversal.errors import ReversalError

Span = tuple[int, int]
"""First token or character, and the one behind the last."""


class Prompt(NamedTuple):
    """A whole text in tokens, with the tokenizer's own at its ends."""

    tokens: list[int]
    answer: Span
    given: Span

    @property
    def answers(self) -> tuple[int, ...]:
        """The answer's tokens."""
        return tuple(self.tokens[slice(*self.answer)])

    @property
    def distance(self) -> float:
        """Δ: places between answer and given entity, the mean over pairs of their tokens (SCIENCE, "Words")."""
        return abs(sum(self.given) - sum(self.answer)) / 2


class Asked(NamedTuple):
    """A text with the places of its two entities, in characters."""

    text: str
    answer: Span
    given: Span
    where: str
    """What to call it in an error."""

    def instead(self, entity: str) -> "Asked":
        """The same text with another answer in the answer's place."""
        first, last = self.answer
        shift = len(entity) - (last - first)
        given = self.given if self.given[0] < first else (self.given[0] + shift, self.given[1] + shift)
        text = self.text[:first] + entity + self.text[last:]
        return Asked(text, (first, first + len(entity)), given, f"{self.where} with {entity!r}")


def prompts(tokenizer: Any, asked: Sequence[Asked], checkpoint: str) -> list[Prompt]:
    """The texts in tokens.

    Raises:
        ReversalError: an entity is not whole tokens, or one of them is unknown to the tokenizer.
    """
    pieces = {piece for one in asked for piece in _pieces(one)}
    plain = _tokens(tokenizer, sorted(pieces), special=False)
    whole = _tokens(tokenizer, sorted({one.text for one in asked}), special=True)
    return [_prompt(one, plain, whole, tokenizer, checkpoint) for one in asked]


def _pieces(asked: Asked) -> Iterable[str]:
    yield asked.text
    for first, last in (asked.answer, asked.given):
        yield from (asked.text[:first], asked.text[:first].rstrip(), asked.text[:last])


def _tokens(tokenizer: Any, texts: list[str], special: bool) -> dict[str, list[int]]:
    found = tokenizer([text for text in texts if text], add_special_tokens=special, return_attention_mask=False)
    return {"": []} | dict(zip((text for text in texts if text), found["input_ids"], strict=True))


def _prompt(
    asked: Asked, plain: Mapping[str, list[int]], whole: Mapping[str, list[int]], tokenizer: Any, checkpoint: str
) -> Prompt:
    bare, full = plain[asked.text], whole[asked.text]
    lead = next((at for at in range(len(full) - len(bare) + 1) if full[at : at + len(bare)] == bare), None)
    answer, given = (_span(asked.text, span, plain) for span in (asked.answer, asked.given))
    for entity, span in ((asked.answer, answer), (asked.given, given)):
        tokens = bare[slice(*span)] if span else bare
        if lead is None or span is None or tokenizer.unk_token_id in tokens:
            why = "are not its own" if span is None else "hold an unknown one"
            raise ReversalError(
                f"{checkpoint}: {asked.where}: tokens of {asked.text[slice(*entity)]!r} {why} "
                f"({' '.join(map(repr, tokenizer.convert_ids_to_tokens(tokens)))}); "
                "change the template around it, spell the entity otherwise, or leave its fact out"
            )
    return Prompt(full, (lead + answer[0], lead + answer[1]), (lead + given[0], lead + given[1]))


def _span(text: str, entity: Span, plain: Mapping[str, list[int]]) -> Span | None:
    """The tokens of an entity, or nothing where one of them lies across its end.

    A space before the entity may be a token of its own, part of the entity's first, or none at all.
    """
    tokens, upto = plain[text], plain[text[: entity[1]]]
    if tokens[: len(upto)] != upto:
        return None
    for before in (plain[text[: entity[0]]], plain[text[: entity[0]].rstrip()]):
        if upto[: len(before)] == before and len(before) < len(upto):
            return len(before), len(upto)
    return None
