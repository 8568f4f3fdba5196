"""Which rows make facts: an entity of a corpus is one thing, and stands in one fact of a relation.

A row goes by the first rule that holds of it; strings count as the same whatever their case.

- incomplete: one of its entities is empty.
- outdated: its source is known to be behind the times.
- repeated: the same row stood there before.
- given_away: one entity holds the other as a word (Mexico, Mexico City): the question has the answer in it.
- in_templates: an entity is a word of a template of the corpus (In, indium's symbol, where a sentence begins so).
- several_facts: an entity stands in another fact of the same relation (Kingston, of Jamaica and of Norfolk Island).
- several_roles: an entity is two things in the corpus (Georgia, a country and a US state).

What is several is judged by all rows that are complete, not outdated and not repeated, so that no order of dropping
decides what stays.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reversal.language.corpus.fact import Row
from reversal.language.corpus.relation import Relation
from reversal.language.corpus.template import PLACE

RULES = ("incomplete", "outdated", "repeated", "given_away", "in_templates", "several_facts", "several_roles")
Counts = dict[str, dict[str, int]]


def sieve(rows: Sequence[Row], relations: Mapping[str, Relation]) -> tuple[list[Row], Counts]:
    """The facts among some rows, in their order; and of each relation how many were read, dropped by rule, and kept."""
    found, sound = [""] * len(rows), dict[tuple[str, ...], int]()
    for place, row in enumerate(rows):
        if not (row.head and row.tail):
            found[place] = "incomplete"
        elif row.outdated:
            found[place] = "outdated"
        elif sound.setdefault(_folded(row), place) != place:
            found[place] = "repeated"
    facts, roles = _uses([rows[place] for place in sound.values()], relations)
    words = _words(relations.values())
    for key, place in sound.items():
        name, *entities = key
        if _holds(*entities) or _holds(*reversed(entities)):
            found[place] = "given_away"
        elif any(_holds(words, entity) for entity in entities):
            found[place] = "in_templates"
        elif any(facts[name, entity] > 1 for entity in entities):
            found[place] = "several_facts"
        elif any(len(roles[entity]) > 1 for entity in entities):
            found[place] = "several_roles"
    kept = [row for row, rule in zip(rows, found, strict=True) if not rule]
    return kept, _counts(rows, found, relations)


def _folded(row: Row) -> tuple[str, str, str]:
    return row.relation, row.head.casefold(), row.tail.casefold()


def _uses(
    rows: Sequence[Row], relations: Mapping[str, Relation]
) -> tuple[Counter[tuple[str, str]], defaultdict[str, set[str]]]:
    """In how many facts of a relation each entity stands, and what it is in them."""
    facts, roles = Counter[tuple[str, str]](), defaultdict[str, set[str]](set)
    for row in rows:
        name, head, tail = _folded(row)
        facts.update({(name, head), (name, tail)})
        roles[head].add(relations[name].head)
        roles[tail].add(relations[name].tail)
    return facts, roles


def _words(relations: Iterable[Relation]) -> str:
    """The text of all templates, without their places and whatever their case."""
    templates = (template for relation in relations for template in relation.forward + relation.reverse)
    return PLACE.sub("\n", "\n".join(templates)).casefold()


def _holds(whole: str, part: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole) is not None


def _counts(rows: Sequence[Row], found: Sequence[str], relations: Mapping[str, Relation]) -> Counts:
    counts = {name: dict.fromkeys(("read", *RULES, "kept"), 0) for name in relations}
    for row, rule in zip(rows, found, strict=True):
        counts[row.relation]["read"] += 1
        counts[row.relation][rule or "kept"] += 1
    return counts
