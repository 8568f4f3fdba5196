"""Files: valid, undated, and of the numbers that were drawn."""

import csv
import struct
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.figures import stage
from tests.unit.figures import synthetic_tables
from tests.unit.figures.conftest import FIGURES

KINDS = ("pdf", "png", "svg", "csv", "tex")


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    """The tables of every figure, written through the dictionary and so held to it."""
    folder = tmp_path_factory.mktemp("statistics")
    written = {}
    for figure in FIGURES:
        written[figure] = {}
        for name, table in synthetic_tables.of(figure, synthetic_tables.SMOKE).items():
            written[figure][name] = folder / figure / f"{name}.parquet"
            columns = {column: values.astype(object).where(values.notna(), None) for column, values in table.items()}
            tables.write(written[figure][name], name, {column: list(values) for column, values in columns.items()})
    return written


@pytest.mark.parametrize("figure", FIGURES)
def test_every_output_is_valid(figure, statistics, tmp_path):
    latex = registry.literals("figures.plots", figure)["LATEX"]
    outputs = {kind: tmp_path / f"{figure}.{kind}" for kind in KINDS if kind != "tex" or latex}
    stage.draw(figure, statistics[figure], outputs.values())
    check(outputs)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in outputs.values()}


def test_the_ledger_is_valid(tmp_path):
    claims = synthetic_tables.claims()
    columns = {name: list(values.astype(object).where(values.notna(), None)) for name, values in claims.items()}
    tables.write(tmp_path / "claims.parquet", "claims", columns)
    outputs = {kind: tmp_path / f"ledger.{kind}" for kind in KINDS}
    stage.draw("ledger", {"claims": tmp_path / "claims.parquet"}, outputs.values())
    check(outputs)


def check(outputs):
    assert outputs["pdf"].read_bytes().startswith(b"%PDF-")
    assert b"CreationDate" not in outputs["pdf"].read_bytes()
    header = outputs["png"].read_bytes()[:24]
    width, height = struct.unpack(">II", header[16:24])
    assert header.startswith(b"\x89PNG")
    assert (width, height > 100) == (round(6.9 * 200), True)
    root = ElementTree.parse(outputs["svg"]).getroot()
    assert root.tag.endswith("svg")
    assert b"<dc:date>" not in outputs["svg"].read_bytes()
    with outputs["csv"].open(encoding="utf-8") as file:
        assert len(list(csv.reader(file))) > 1
    if "tex" in outputs:
        assert outputs["tex"].read_text(encoding="utf-8").count(r"\toprule") == 1


def test_a_missing_statistic_is_named(statistics):
    with pytest.raises(ReversalError, match="reads the statistic 'accuracy'"):
        stage.draw("families", {}, [])


def test_an_unknown_ending_is_named(statistics, tmp_path):
    with pytest.raises(ReversalError, match="no figure is written as 'tex'; one of: pdf, svg, png, csv"):
        stage.draw("weights", statistics["weights"], [tmp_path / "weights.tex"])


def test_drawing_needs_neither_torch_nor_pyplot():
    code = (
        "import sys, reversal.figures.stage as stage; from reversal import registry\n"
        "for name in registry.names('figures.plots'): registry.load('figures.plots', name)\n"
        "assert not {'torch', 'matplotlib.pyplot', 'scipy.stats'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
