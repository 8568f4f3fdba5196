"""Parquet in and out: what the dictionary says is held to both ways, and nothing half-written is left."""

import errno
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reversal import tables
from reversal.errors import ReversalError

TABLES = sorted(path.stem for path in tables.DICTIONARY.glob("*.yaml"))
WHOLE = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
FINITE = {"allow_nan": False, "allow_infinity": False}
LARGEST = float(np.finfo(np.float32).max)


def inward(end: float | None, side: float) -> float | None:
    """The end of a range as the nearest float32 that is within it."""
    if end is None:
        return None
    near = float(np.float32(end))
    outside = (near < end) if side > 0 else (near > end)
    return float(np.nextafter(np.float32(near), np.float32(side))) if outside else near


def single_floats(low: float | None, high: float | None) -> st.SearchStrategy:
    """Single floats of a range. Doubles, rounded: of single ones Hypothesis discards too many to fill a row of them."""
    ends = (-LARGEST if low is None else inward(low, math.inf), LARGEST if high is None else inward(high, -math.inf))
    return st.floats(*ends, **FINITE).map(lambda drawn: float(np.float32(drawn)))


def values(column: dict[str, Any]) -> st.SearchStrategy:
    """Values that the dictionary allows in a column."""
    kind, low, high = column["type"], column.get("minimum"), column.get("maximum")
    if kind in WHOLE:
        least, most = WHOLE[kind]
        made = st.integers(least if low is None else low, most if high is None else high)
    elif kind in ("float32", "float64"):
        made = single_floats(low, high) if kind == "float32" else st.floats(low, high, **FINITE)
    elif kind == "bool":
        made = st.booleans()
    elif kind == "tokens":
        made = st.lists(st.integers(0, 2**31 - 1), max_size=4)
    else:
        made = (
            st.sampled_from(column["values"])
            if "values" in column
            else st.text(st.characters(codec="utf-8"), max_size=6)
        )
    return st.none() | made if column.get("nullable") else made


@st.composite
def rows(draw: st.DrawFn, table: str) -> dict[str, list]:
    """Columns of a table that fit the dictionary."""
    count = draw(st.integers(0, 5))
    columns = tables.entry(table)["columns"]
    return {name: draw(st.lists(values(column), min_size=count, max_size=count)) for name, column in columns.items()}


def one_row(table: str) -> dict[str, list]:
    """The least that fits."""
    plain = {"bool": True, "tokens": [1], "text": "word", "label": "word"}
    return {
        name: [column["values"][0] if "values" in column else plain.get(column["type"], column.get("minimum", 0))]
        for name, column in tables.entry(table)["columns"].items()
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_dictionary_says_all_of_every_column(table):
    entry = tables.entry(table)
    assert entry["table"] == table
    assert entry["stage"] in {"data", "train", "evaluate", "statistics", "figures", "language", "bench"}
    assert entry["meaning"]
    for name, column in entry["columns"].items():
        assert column["type"] in tables.TYPES, name
        assert column["meaning"], name
        assert set(column) <= {"type", "meaning", "unit", "values", "minimum", "maximum", "nullable"}, name


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=15)
@given(data=st.data())
def test_what_fits_the_dictionary_comes_back_as_it_was(table, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("round") / f"{table}.parquet"
    columns = data.draw(rows(table))
    tables.write(path, table, columns, fingerprint="abc")
    found = tables.read(path, table)
    assert found.schema.equals(tables.arrow_schema(table))
    assert found.to_pydict() == columns
    assert pq.read_schema(path).metadata[b"fingerprint"] == b"abc"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.parquet"


def refusal(act: Any, *words: str) -> str:
    with pytest.raises(ReversalError) as caught:
        act()
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    for word in words:
        assert word in message
    return message


def empty(folder: Path) -> bool:
    return not any(folder.iterdir())


WRONG = {
    "a column that is not there": ({"accurcy": [0.5]}, "'accurcy' is not in the dictionary"),
    "text for a number": ({"loss": ["high"]}, "'loss' does not fit float"),
    "a fraction for a whole number": ({"step": [1.5]}, "'step' does not fit int32"),
    "too large a number": ({"step": [2**40]}, "'step' does not fit int32"),
    "a huge number": ({"step": [2**80]}, "'step' does not fit int32"),
    "a mapping for a number": ({"step": [{}]}, "'step' does not fit int32"),
    "a number for text": ({"query": [3]}, "'query' does not fit"),
    "below the range": ({"accuracy": [-0.5]}, "'accuracy' has -0.5, below 0"),
    "above the range": ({"accuracy": [1.5]}, "'accuracy' has 1.5, above 1"),
    "an empty value": ({"nll": [None]}, "'nll' has 1 empty"),
    "not a number": ({"nll": [math.nan]}, "'nll' has 1 empty"),
    "an unknown label": ({"query": ["sauce"]}, "'query' says 'sauce'; one of: source, target"),
    "unequal length": ({"step": [1, 2]}, "unequal length"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_column_is_refused_by_name_and_nothing_is_left(case, path):
    change, said = WRONG[case]
    refusal(lambda: tables.write(path, "history", one_row("history") | change), str(path), "'history'", said)
    assert empty(path.parent)


def test_a_missing_column_is_refused_by_name(path):
    columns = one_row("history")
    del columns["nll"]
    refusal(lambda: tables.write(path, "history", columns), str(path), "'history'", "column 'nll' is missing")


ARROW = {
    "another type": ("nll", pa.array([1.0], pa.float64()), "column 'nll' is double"),
    "plain text for labels": ("query", pa.array(["source"]), "column 'query' is string"),
    "out of range": ("accuracy", pa.array([7.0], pa.float32()), "column 'accuracy' has 7.0, above 1"),
    "not a number": ("nll", pa.array([math.nan], pa.float32()), "column 'nll' has 1 empty"),
    "an unknown column": ("noise", pa.array([1]), "column 'noise' is not in the dictionary"),
}


@pytest.mark.parametrize("case", ARROW)
def test_reading_and_writing_hold_arrow_tables_to_the_dictionary_alike(case, path):
    name, values, said = ARROW[case]
    tables.write(path, "history", one_row("history"))
    good = tables.read(path, "history")
    index = good.schema.get_field_index(name)
    wrong = good.append_column(name, values) if index < 0 else good.set_column(index, name, values)
    refusal(lambda: tables.write(path, "history", wrong), str(path), "'history'", said)
    assert tables.read(path, "history").equals(good)
    pq.write_table(wrong, path)
    refusal(lambda: tables.read(path, "history"), str(path), "'history'", said)


def test_columns_may_come_in_any_order_and_be_read_singly(path):
    columns = one_row("history")
    tables.write(path, "history", dict(reversed(columns.items())))
    assert tables.read(path, "history").column_names == list(columns)
    assert tables.read(path, "history", ["step", "nll"]).column_names == ["step", "nll"]


def test_not_a_number_is_empty_where_empty_is_allowed(path):
    tables.write(path, "history", one_row("history") | {"loss": np.array([math.nan], dtype=np.float32)})
    assert tables.read(path, "history")["loss"].to_pylist() == [None]


def test_several_files_are_one_table(tmp_path):
    for name, query in (("a", "source"), ("b", "target")):
        tables.write(tmp_path / name, "history", one_row("history") | {"query": [query]})
    joined = tables.read_all([tmp_path / "a", tmp_path / "b"], "history")
    assert joined["query"].to_pylist() == ["source", "target"]


def test_a_folder_named_like_a_setting_adds_no_column(tmp_path):
    path = tmp_path / "run=3" / "history.parquet"
    tables.write(path, "history", one_row("history"))
    assert tables.read(path, "history").num_rows == 1


def test_a_missing_file_is_named(path):
    refusal(lambda: tables.read(path, "history"), str(path), "'history'", "run the stage")


def test_a_truncated_file_is_named_wherever_it_breaks_off(path):
    rows = {name: column * 50 for name, column in one_row("history").items()}
    tables.write(path, "history", rows)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        refusal(lambda: tables.read(path, "history"), str(path), "'history'", "cannot be read", "run again")


def test_a_file_that_is_no_parquet_is_named(path):
    path.write_text("seed,step\n1,2\n")
    refusal(lambda: tables.read(path, "history"), str(path), "'history'", "cannot be read")


def test_a_table_outside_the_dictionary_is_named(path):
    refusal(lambda: tables.read(path, "histories"), "table 'histories' is not in the data dictionary")


def test_a_full_disk_is_said_and_leaves_the_old_file(path, monkeypatch):
    tables.write(path, "history", one_row("history"))
    before = path.read_bytes()

    def full(table: pa.Table, where: Path, **options: Any) -> None:
        where.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pq, "write_table", full)
    refusal(lambda: tables.write(path, "history", one_row("history")), str(path), "No space left", "free the disk")
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_an_interrupted_writer_leaves_nothing(path):
    def interrupted() -> None:
        with tables.replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert empty(path.parent)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    path = tmp_path / "results" / "history.parquet"
    refusal(lambda: tables.write(path, "history", one_row("history")), str(path), "cannot be written")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount; the full disk is also tested with a stand-in")
def test_a_disk_that_is_really_full(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no mount here; the full disk is also tested with a stand-in")
    try:
        path = disk / "history.parquet"
        noise = np.random.default_rng(0).random(100_000)
        many = {name: column * 100_000 for name, column in one_row("history").items()} | {"learning_rate": noise}
        refusal(lambda: tables.write(path, "history", many), str(path), "No space left")
        assert empty(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_written_file_has_the_rights_of_any_other(path, tmp_path):
    tables.write(path, "history", one_row("history"))
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode
