"""A template is a sentence with {A} and {B} in it: what it must be like, and where the entities stand once filled."""

import re
from typing import NamedTuple

PLACE = re.compile(r"\{([AB])\}")
ORDER = {"forward": ("A", "B"), "reverse": ("B", "A")}


class Filled(NamedTuple):
    """A sentence, and from which character of it to which each entity stands (the second excluded)."""

    text: str
    a: tuple[int, int]
    b: tuple[int, int]


def fill(template: str, head: str, tail: str) -> Filled:
    """The template told of a fact. Entities may hold braces: they are never read for places."""
    entities, spans, text = {"A": head, "B": tail}, {}, ""
    for index, piece in enumerate(PLACE.split(template)):
        if index % 2:
            spans[piece] = (len(text), len(text) + len(entities[piece]))
            piece = entities[piece]
        text += piece
    return Filled(text, spans["A"], spans["B"])


def fault(template: str, direction: str) -> str:
    """What is wrong with a template that tells a fact in a direction; nothing if it will do."""
    first, last = ORDER[direction]
    if PLACE.findall(template) != [first, last] or set(PLACE.sub("", template)) & set("{}"):
        return f"a {direction} template names {{{first}}} once and then {{{last}}} once, and has no other braces"
    if template != " ".join(template.split()):
        return "one space between words and none around them"
    if re.search(r"\w\{|\}\w|\}\{", template):
        return "an entity is a word of its own, with a space or a mark on either side"
    if not re.fullmatch(r"[.!?]?", template.split(f"{{{last}}}")[1]):
        return f"{{{last}}} comes last, a full stop at most behind it: a causal model is asked by what stands before"
    return ""
