"""The smoke study from nothing to figures, by real Snakemake: what it leaves. What it would do again: test_reruns."""

import re
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from reversal import paths, tables
from reversal.study import load
from tests.configs import read_config
from tests.workflow.conftest import SMOKE


@pytest.fixture(scope="module")
def study():
    return load(read_config(SMOKE))


def test_every_table_is_there_and_fits_the_dictionary(finished, study):
    found = list(finished.results.rglob("*.parquet"))
    blocks, cells = len(study.blocks), len(study.cells)
    statistics = sum(len(experiment.statistics) for experiment in study.experiments.values())
    assert len(found) == blocks * (2 * len(study.datasets) + 8 * cells) + statistics + 2
    for path in found:
        assert tables.read(path, path.stem).num_columns == len(tables.entry(path.stem)["columns"])


def test_tables_carry_where_they_come_from(finished, study):
    for cell in study.cells.values():
        path = finished.results / paths.HISTORY.format(cell=cell.name, block=study.blocks[0].name)
        assert pq.read_schema(path).metadata[b"fingerprint"].decode() == cell.fingerprint()


def test_every_run_has_a_row_of_every_query_at_every_checkpoint(finished, study):
    for cell in study.cells.values():
        path = finished.results / paths.EVALUATED.format(cell=cell.name, block=study.blocks[0].name, table="queries")
        answers = tables.read(path, "queries").to_pandas()
        assert set(answers["seed"]) == set(study.seeds)
        assert set(answers["step"]) == set(cell.checkpoints)


def test_every_figure_is_drawn_in_every_format(finished, study):
    names = [f"{name}_{figure}" for name, experiment in study.experiments.items() for figure in experiment.figures]
    for name in [*names, "ledger", "calibration"]:
        for suffix in paths.DRAWN:
            assert (finished.results / paths.FIGURE.format(figure=name, format=suffix)).stat().st_size > 1000
        assert len(pd.read_csv(finished.results / paths.TABLE.format(figure=name, format="csv"))) > 0


def test_trained_queries_are_learnt(finished):
    """The gate of the smoke study: what is trained is known, so that the rest means something."""
    frames = [
        tables.read(path, "accuracy").to_pandas() for path in finished.results.glob("statistics/*/accuracy.parquet")
    ]
    runs = pd.concat(frames)
    runs = runs[(runs["level"] == "run")]
    assert runs["passed"].astype(bool).mean() > 0.9


def test_the_report_is_whole_and_asks_nothing_of_the_network(finished):
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "dose_response" in page
    for attribute in ("src", "href"):
        outside = re.findall(rf"<(?:script|link|img|iframe)[^>]*\s{attribute}=[\"'](?:https?:)?//[^\"']+", page)
        assert not outside


def test_status_tells_what_is_done(finished):
    said = finished.run(sys.executable, "-m", "reversal", "status", "--configfile", SMOKE)
    assert said.returncode == 0, said.stderr
    assert "failed:" not in said.stdout
