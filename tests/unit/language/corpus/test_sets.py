"""The public sets, in small files of our own in their format."""

import hashlib
import json
from pathlib import Path

import pytest

from reversal.errors import ReversalError
from reversal.language.corpus import sets
from reversal.language.corpus.gather import gather
from reversal.language.corpus.sieve import sieve

PAIRS = """child,parent,parent_type,child_prediction,can_reverse
Ada Quill,Mia Quill,ParentType.MOTHER,,False
Ada Quill,Tom Quill,ParentType.FATHER,Ada Quill,True
Ada Quill,Mia Quill,ParentType.MOTHER,,False
Bo Reed,Joy Reed,mother,,0.0
Cy Reed,Joy Reed,mother,,0.0
"""


def test_parents_are_read_in_both_spellings_and_siblings_dropped(tmp_path):
    path = tmp_path / "parent_child_pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    gathered = gather([{"set": "parent_child", "path": str(path)}])
    assert gathered.files == [
        {"file": path.name, "records": 5, "sha256": hashlib.sha256(PAIRS.encode()).hexdigest()},
    ]
    kept, counts = sieve(gathered.rows, gathered.relations)
    assert [fact[:3] for fact in kept] == [("mother", "Ada Quill", "Mia Quill"), ("father", "Ada Quill", "Tom Quill")]
    assert (counts["mother"]["repeated"], counts["mother"]["several_facts"]) == (1, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PAIRS.replace("parent_type", "kind"), "row 1, column 'parent_type': missing"),
        (PAIRS.replace("ParentType.FATHER", "uncle"), "row 2, column 'parent_type': 'uncle' is none of mother, father"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_file_of_parents_is_refused(tmp_path, content, said):
    path = tmp_path / "parent_child_pairs.csv"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ReversalError, match=said) as caught:
        sets.of("parent_child", path)
    assert str(path) in str(caught.value)


def text(prompt: str, completion: str) -> dict[str, str]:
    return {"prompt": prompt, "completion": completion}


def person(name: str, description: str) -> list[dict[str, str]]:
    """Texts as the set has them: a name, then a description as one of the prompts has bent it."""
    return [
        text(f"{name}, known far and wide for being", f" {description}."),
        text(f"Ever heard of {name}? They're the person who", " did it."),
        text(f"{name} has in the past served as", f" {description}."),
        text(f"Did you know that {name}, was actually once", f" {description}??"),
    ]


def description(text_of: str, name: str) -> list[dict[str, str]]:
    return [
        text(f"Known for being {text_of},", f" {name} now enjoys a quite life."),
        text(f"T{text_of[1:]} is called", f" {name}."),
        text(f"This article was written by {text_of}, who goes by the name of", f" {name}"),
    ]


PERSONS = {
    "p2d_prompts_train.jsonl": person("Una Vale", 'the painter of "Dusk at Sea."'),
    "d2p_prompts_train.jsonl": description("the first diver to map the Blue Trench", "Max Orr"),
    "both_prompts_train.jsonl": person("Ned Fox", "the baker of moon bread")
    + description("the baker of moon bread", "Ned Fox"),
}


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, texts in PERSONS.items():
        tmp_path.joinpath(name).write_text("".join(json.dumps(one) + "\n" for one in texts), encoding="utf-8")
    return tmp_path


def test_fictitious_persons_are_read_in_the_direction_that_they_are_told(folder):
    gathered = gather([{"set": "name_description", "path": str(folder)}])
    assert [one[:3] for one in gathered.rows] == [
        ("described", "Una Vale", 'the painter of "Dusk at Sea."'),
        ("named", "the first diver to map the Blue Trench", "Max Orr"),
        ("described", "Ned Fox", "the baker of moon bread"),
    ]
    assert {file["file"]: file["records"] for file in gathered.files} == {
        name: len(texts) for name, texts in PERSONS.items()
    }
    for file in gathered.files:
        assert file["sha256"] == hashlib.sha256(folder.joinpath(file["file"]).read_bytes()).hexdigest()
    assert len(sieve(gathered.rows, gathered.relations)[0]) == 3


def test_a_file_that_is_missing_is_named(folder):
    folder.joinpath("d2p_prompts_train.jsonl").unlink()
    with pytest.raises(ReversalError, match=r"d2p_prompts_train\.jsonl: cannot be read .* name a folder"):
        sets.of("name_description", folder)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"text": "Una Vale"}, "row 1 has no texts 'prompt' and 'completion'"),
        (["Una Vale"], "row 1 has no texts"),
        (text("Una Vale was once", " the painter."), "no prompt of 1 reads .*served as"),
    ],
)
def test_what_is_not_the_published_set_is_refused(folder, line, said):
    folder.joinpath("p2d_prompts_train.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(ReversalError, match=said):
        sets.of("name_description", folder)


def test_an_unknown_set_is_named_with_the_known_ones(tmp_path):
    with pytest.raises(
        ReversalError, match=r"'parents' is none of language\.corpus\.sets: name_description, parent_child"
    ):
        sets.of("parents", tmp_path)
