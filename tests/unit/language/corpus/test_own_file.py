"""A user's own facts: three formats of the same rows, and what is said of a row that will not do."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reversal.errors import ReversalError
from reversal.language.corpus.own_file import READERS, read
from reversal.language.corpus.relation import Relation

RELATIONS = {"river": Relation("river", "town", "river", "", "", ("{A} lies on the {B}.",), ("The {B} passes {A}.",))}
ROWS = [
    {"relation": "river", "head": "Wien", "tail": "Donau", "note": ""},
    {"relation": "river", "head": 'The "Bear", Bern', "tail": " Aare\t", "note": "x"},
    {"relation": "river", "head": "Łódź", "tail": "Łódka", "note": "y"},
]
READ = [("river", "Wien", "Donau"), ("river", 'The "Bear", Bern', "Aare"), ("river", "Łódź", "Łódka")]


def written(path: Path, rows: list[dict]) -> Path:
    """Rows in the format that the path asks for."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def refusal(path: Path, *said: str) -> None:
    with pytest.raises(ReversalError) as caught:
        read(path, RELATIONS, "mine.yaml")
    message = str(caught.value)
    for words in (str(path), *said):
        assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("suffix", READERS)
def test_the_same_rows_come_from_every_format(tmp_path, suffix):
    found = read(written(tmp_path / f"towns{suffix}", ROWS), RELATIONS, "mine.yaml")
    assert [one[:3] for one in found] == READ


def test_a_spreadsheets_byte_order_mark_is_no_part_of_a_column(tmp_path):
    path = tmp_path / "towns.csv"
    path.write_text("relation,head,tail\nriver,Wien,Donau\n", encoding="utf-8-sig")
    assert read(path, RELATIONS, "mine.yaml") == [("river", "Wien", "Donau", False)]


WRONG = {
    "an empty head": ({"head": " "}, "column 'head': ' ' is empty; fill it in"),
    "a relation without templates": (
        {"relation": "rivr"},
        "'rivr' has no templates; add it to mine.yaml",
    ),
    "a control character": (
        {"tail": "Do\x07nau"},
        r"column 'tail': 'Do\x07nau' holds a control character or is no UTF-8",
    ),
}


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_named_by_row_and_column(tmp_path, suffix, case):
    change, said = WRONG[case]
    refusal(written(tmp_path / f"towns{suffix}", [*ROWS[:2], ROWS[2] | change]), "row 3, column", said)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize(("value", "said"), [(42, "42 is not text"), (None, "None is not text")])
def test_what_is_not_text_is_refused(tmp_path, suffix, value, said):
    refusal(written(tmp_path / f"towns{suffix}", [{**ROWS[0], "tail": value}]), "row 1, column 'tail'", said, "as text")


@pytest.mark.parametrize("suffix", READERS)
def test_a_column_that_is_missing_is_named(tmp_path, suffix):
    rows = [{"relation": "river", "head": "Wien", "tial": "Donau"}]
    refusal(written(tmp_path / f"towns{suffix}", rows), "row 1, column 'tail': missing", "every row")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"relation,head,tail\nriver,Wien,Donau\nriver,Wien\n", "row 2, column 'tail': missing"),
        ("a.csv", b"relation,head,tail\nriver,Wien,Donau,blau\n", "row 1 is no csv (more fields"),
        ("a.csv", b'relation,head,tail\nriver,"Wien,Donau\n', "row 1 is no csv"),
        ("a.csv", b"relation,head,tail\nriver,W\xfcrzburg,Main\n", r"row 1, column 'head': 'W\udcfcrzburg' holds"),
        ("a.jsonl", b'{"relation": "river", "head": "W\xfcrzburg", "tail": "Main"}\n', "row 1, column 'head': 'W"),
        ("a.csv", b"relation,head,tail\n", "there is no row"),
        ("a.csv", b"", "there is no row"),
        ("a.jsonl", b'{"relation": "river", "head": "Wien", "tail": "Donau"}\n{"relation"\n', "row 2 is no jsonl"),
        (
            "a.jsonl",
            b'["river", "Wien", "Donau"]\n',
            "row 1 is no jsonl (['river', 'Wien', 'Donau'] is no object",
        ),
        ("a.parquet", b"relation,head,tail\n", "row 1 is no parquet"),
        ("a.xlsx", b"", "facts are read from .csv, .jsonl, .parquet"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    refusal(path, said)


@pytest.mark.parametrize("suffix", READERS)
def test_a_file_that_is_not_there_is_said(tmp_path, suffix):
    refusal(tmp_path / f"nowhere{suffix}", "cannot be read (", "mend the path")
