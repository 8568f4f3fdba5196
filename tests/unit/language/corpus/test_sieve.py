"""Which rows make facts, by rules that each have a case, and held against their own words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal.language.corpus.fact import Row, row
from reversal.language.corpus.relation import Relation
from reversal.language.corpus.sieve import RULES, sieve


def relation(name: str, head: str, tail: str) -> Relation:
    return Relation(name, head, tail, "", "", ("{A} is {B}.",), ("{B} is {A}.",))


RELATIONS = {
    "capital": relation("capital", "country", "city"),
    "state": relation("state", "state", "state city"),
    "mother": relation("mother", "child", "mother"),
    "father": relation("father", "child", "father"),
}

CASES = {
    "incomplete": [("capital", "Tokelau", "")],
    "repeated": [("capital", "France", "Paris"), ("capital", "france", "PARIS")],
    "given_away": [("capital", "Mexico", "Mexico City")],
    "in_templates": [("capital", "Isle", "Is")],
    "several_facts": [("capital", "Jamaica", "Kingston"), ("capital", "Norfolk Island", "Kingston")],
    "several_roles": [("capital", "Georgia", "Tbilisi"), ("state", "Georgia", "Atlanta")],
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_drops_what_it_says(rule):
    kept, counts = sieve([row(*case) for case in CASES[rule]], RELATIONS)
    dropped = sum(found[rule] for found in counts.values())
    assert dropped + len(kept) == len(CASES[rule])
    assert len(kept) == (rule == "repeated"), "of a row that is repeated, the first stays"


def test_what_is_outdated_is_dropped_and_makes_nothing_ambiguous():
    kept, counts = sieve(
        [row("capital", "Serbia and Montenegro", "Belgrade", outdated=True), row("capital", "Serbia", "Belgrade")],
        RELATIONS,
    )
    assert [fact.head for fact in kept] == ["Serbia"]
    assert counts["capital"]["outdated"] == 1


def test_a_name_that_goes_on_from_another_gives_nothing_away():
    kept, _ = sieve([row("capital", "Tunisia", "Tunis"), row("capital", "Algeria", "Algiers")], RELATIONS)
    assert len(kept) == 2


def test_a_child_may_have_a_mother_and_a_father():
    """It is the same thing in both; a parent of two children is not one answer, and one who is both is two things."""
    rows = [
        *[row("mother", "Ann", "Eve"), row("father", "Ann", "Bob")],
        *[row("mother", "Cid", "Joy"), row("mother", "Dan", "Joy")],
        *[row("mother", "Kim", "Pat"), row("father", "Kim", "Pat")],
    ]
    kept, counts = sieve(rows, RELATIONS)
    assert [(fact.relation, fact.head) for fact in kept] == [("mother", "Ann"), ("father", "Ann")]
    assert counts["mother"]["several_facts"] == 2
    assert [counts[name]["several_roles"] for name in ("mother", "father")] == [1, 1]


def test_entities_are_written_one_way():
    assert row("capital", " Cura\u0063\u0327ao ", "Willem \t stad") == ("capital", "Cura\u00e7ao", "Willem stad", False)


ENTITIES = st.sampled_from(["", "a", "A", "b", "c", "d", "e", "f", "a b", "c-d", "IS"])
ROWS = st.lists(st.builds(Row, st.sampled_from(list(RELATIONS)), ENTITIES, ENTITIES, st.booleans()), max_size=8)


def within(part: str, whole: str) -> bool:
    return part in re.split(r"\W", whole) or part == whole


@given(ROWS)
def test_what_is_kept_is_what_the_rules_leave(rows):
    """The rules once more, each row against every other one."""
    sound = []
    for found in rows:
        name, head, tail = found.relation, found.head.lower(), found.tail.lower()
        if head and tail and not found.outdated and (name, head, tail) not in sound:
            sound.append((name, head, tail))
    expected = []
    for name, head, tail in sound:
        mates = [other for other in sound if other[0] == name and {head, tail} & set(other[1:])]
        kinds = {RELATIONS[other[0]].head for other in sound if other[1] == head}
        kinds |= {RELATIONS[other[0]].tail for other in sound if other[2] == head}
        others = {RELATIONS[other[0]].head for other in sound if other[1] == tail}
        others |= {RELATIONS[other[0]].tail for other in sound if other[2] == tail}
        alone = len(mates) == 1 and len(kinds) == 1 and len(others) == 1
        if alone and "is" not in (head, tail) and not within(head, tail) and not within(tail, head):
            expected.append((name, head, tail))
    kept, counts = sieve(rows, RELATIONS)
    assert [(fact.relation, fact.head.lower(), fact.tail.lower()) for fact in kept] == expected
    for name, found in counts.items():
        assert found["read"] == sum(one.relation == name for one in rows)
        assert found["read"] == found["kept"] + sum(found[rule] for rule in RULES)


@given(ROWS, st.randoms(use_true_random=False))
def test_no_order_of_rows_decides_what_stays(rows, random):
    turned = random.sample(rows, len(rows))
    found, again = (sieve(order, RELATIONS) for order in (rows, turned))
    assert {(f.relation, f.head.lower(), f.tail.lower()) for f in found[0]} == {
        (f.relation, f.head.lower(), f.tail.lower()) for f in again[0]
    }
    assert found[1] == again[1]
