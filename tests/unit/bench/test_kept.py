"""What is printed and kept of a measurement."""

import io
import os

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from bench.kept import keep, table
from bench.machine import available, described
from bench.measured import Measured, Skipped
from reversal import tables

FOUND = {
    "a dry run": [Measured("time", "s", [4.0, 2.0, 3.25], aim=40), Measured("memory", "GB", [0.28])],
    "submission": [Measured("calls", "calls", [2], at_least=1)],
    "on a GPU": [Skipped("any shape", "no GPU here")],
}


def test_the_median_is_printed_beside_what_is_aimed_at():
    console = Console(file=io.StringIO(), width=140)
    console.print(table(FOUND))
    rows = [line.split() for line in console.file.getvalue().splitlines()]
    assert ["time", "3.25", "s", "2–4", "3", "<", "40"] in rows
    assert ["memory", "0.28", "GB", "0.28–0.28", "1"] in rows
    assert ["calls", "2", "calls", "2–2", "1", "≥", "1"] in rows
    assert ["any", "shape:", "not", "measured,", "no", "GPU", "here"] in rows


def test_every_value_is_kept_with_its_machine(tmp_path):
    path = tmp_path / "measurements.parquet"
    keep(FOUND, "a laptop", path)
    rows = tables.read(path, "measurements").to_pylist()
    assert [row["value"] for row in rows] == [4.0, 2.0, 3.25, 0.28, 2.0]
    assert [row["run"] for row in rows] == [1, 2, 3, 1, 1]
    assert [row["aim"] for row in rows] == [40, 40, 40, None, None]
    assert [row["at_least"] for row in rows] == [None] * 4 + [1]
    assert pq.read_schema(path).metadata[b"machine"] == b"a laptop"


def test_where_nothing_was_measured_the_table_is_there_and_empty(tmp_path):
    path = tmp_path / "measurements.parquet"
    keep({"on a GPU": FOUND["on a GPU"]}, "a laptop", path)
    assert tables.read(path, "measurements").num_rows == 0


def test_the_memory_that_is_left_is_some_of_what_there_is():
    assert 0 < available() < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize("word", ["cores", "GiB", "Python", "snakemake", "torch"])
def test_the_machine_is_named(word):
    assert word in described()
