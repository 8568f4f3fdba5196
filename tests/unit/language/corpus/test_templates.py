"""Templates: what is refused, and where entities stand once they are filled in."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal import registry
from reversal.errors import ReversalError
from reversal.language.corpus import facts, sets
from reversal.language.corpus.relation import read
from reversal.language.corpus.template import fault, fill

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="{}"), max_size=12)
ENTITIES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(WORDS, WORDS, WORDS, ENTITIES, ENTITIES, st.booleans())
def test_a_filled_template_says_where_its_entities_stand(before, between, after, head, tail, reverse):
    """Put the places back where the entities are said to stand, and the template is there again."""
    first, last = ("{B}", "{A}") if reverse else ("{A}", "{B}")
    template = before + first + between + last + after
    text, a, b = fill(template, head, tail)
    assert (text[slice(*a)], text[slice(*b)]) == (head, tail)
    (start, end), (other_start, other_end) = sorted([a, b])
    assert text[:start] + first + text[end:other_start] + last + text[other_end:] == template


@pytest.mark.parametrize(
    ("template", "direction"),
    [
        ("{A} is {B}", "forward"),
        ("{A} is {B}.", "forward"),
        ("Is {A} called {B}?", "forward"),
        ('"{B}", said {A}!', "reverse"),
        ("{B} - {A}", "reverse"),
    ],
)
def test_a_sound_template_is_let_through(template, direction):
    assert fault(template, direction) == ""


@pytest.mark.parametrize(
    ("template", "direction", "said"),
    [
        ("{A} is here.", "forward", "{A} once and then {B} once"),
        ("{A} and {A} is {B}.", "forward", "{A} once and then {B} once"),
        ("{B} is {A}.", "forward", "{A} once and then {B} once"),
        ("{A} is {B}.", "reverse", "{B} once and then {A} once"),
        ("{A} {is} {B}.", "forward", "no other braces"),
        ("{A} } {B}", "forward", "no other braces"),
        (" {A} is {B}.", "forward", "one space between words"),
        ("{A} is\n{B}.", "forward", "one space between words"),
        ("{A}ns live in {B}.", "forward", "a word of its own"),
        ("{A}{B}", "forward", "a word of its own"),
        ("The capital of {A} is {B}, of course.", "forward", "{B} comes last"),
        ("{B} is the capital of {A} now", "reverse", "{A} comes last"),
    ],
)
def test_a_template_that_will_not_do_is_told_why(template, direction, said):
    assert said in fault(template, direction)


SOUND = """
knows:
  head: person
  tail: person known
  forward: ["{A} knows {B}."]
  reverse: ["{B} is known to {A}."]
"""


def test_a_file_of_templates_is_read(tmp_path):
    path = tmp_path / "templates.yaml"
    path.write_text(SOUND)
    (relation,) = read(path).values()
    assert (relation.name, relation.head, relation.tail) == ("knows", "person", "person known")
    assert (relation.forward, relation.reverse) == (("{A} knows {B}.",), ("{B} is known to {A}.",))
    assert relation.licence == "not stated"
    assert relation.said_of("people.csv").source == "people.csv"


REFUSED = {
    "not there": (None, "cannot be read"),
    "no YAML": ("knows: [", "are no YAML"),
    "nothing": ("", "the whole: None will not do; None is not of type 'object'"),
    "no relation": ("{}", "the whole: {} will not do"),
    "a name with a space": (
        SOUND.replace("knows:", "knows well:"),
        "the whole: 'knows well' will not do; 'knows well' does not match",
    ),
    "a sign that is a word": (SOUND + "  sign: is\n", "knows.sign: 'is' will not do"),
    "an unknown key": (SOUND + "  revers: []\n", "('revers' was unexpected)"),
    "a name that is a number": (SOUND.replace("knows:", "7:"), "the whole: 7 will not do"),
    "no reverse": (SOUND.replace("reverse:", "source: x #"), "'reverse' is a required property"),
    "no template": (SOUND.replace('["{A} knows {B}."]', "[]"), "knows.forward: [] will not do"),
    "a number": (SOUND.replace('"{A} knows {B}."', "7"), "knows.forward.0: 7 will not do; 7 is not of type 'string'"),
    "a template twice": (SOUND.replace('["{A} knows', '["{A} knows {B}.", "{A} knows'), "has non-unique elements"),
    "a fault": (SOUND.replace("{A} knows {B}", "{A} knows"), "knows.forward.0: '{A} knows.' will not do; a forward"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_with_a_file_is_said_in_a_line(case, tmp_path):
    content, said = REFUSED[case]
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ReversalError, match=re.escape(said)) as caught:
        read(path)
    assert "mine.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


OURS = {
    name: relation
    for package in (facts, sets)
    for path in sorted(Path(package.__file__).parent.glob("*.yaml"))
    for name, relation in read(path).items()
}


@pytest.mark.parametrize("relation", OURS.values(), ids=OURS)
def test_our_relations_have_several_templates_each_way_and_say_whose_facts_they_are(relation):
    assert len(relation.forward) >= 4
    assert len(relation.reverse) >= 4
    assert relation.source
    assert relation.licence != "not stated"


@pytest.mark.parametrize("package", ["facts", "sets"])
def test_every_variant_has_its_templates_beside_it(package):
    folder = registry.HOME / "language" / package
    assert {path.stem for path in folder.glob("*.yaml")} == set(registry.names(f"language.{package}"))


def test_no_template_is_shared_by_two_relations():
    """A frame says which relation it is, so that another one's is the wrong one."""
    told = [template for relation in OURS.values() for template in relation.forward + relation.reverse]
    assert len(set(told)) == len(told)
    assert len({relation.sign for relation in OURS.values()}) == len(OURS)
