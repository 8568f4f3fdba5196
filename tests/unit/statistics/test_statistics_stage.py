"""From files to files, as the rules call it."""

import numpy as np
import pytest
import yaml

from reversal import tables
from reversal.errors import ReversalError
from reversal.statistics import judgement, stage
from reversal.statistics.runs import Gate
from tests.unit.statistics.made_up_runs import INFERENCE, history, queries, settings


@pytest.fixture
def cells(tmp_path):
    """One cell of two blocks of five seeds, in which every reverse answer is right."""
    paths = {"history": [], "queries": []}
    for first in (0, 5):
        seeds = range(first, first + 5)
        made = {
            "history": history(seeds),
            "queries": queries(seeds, {("reverse", "same", 2, False): np.full((5, 3, 40), 0.9)}),
        }
        for table, frame in made.items():
            path = tmp_path / table / f"{first}.parquet"
            tables.write(path, table, frame)
            paths[table].append(str(path))
    record = {"name": "mdm", "label": "MDM", "family": "MDM", "trained": ["source", "target"]}
    return [{**record, "settings": settings(), "tables": paths}]


def test_blocks_become_one_estimate_and_that_a_verdict(cells, tmp_path):
    accuracy, judged, ledger = tmp_path / "accuracy.parquet", tmp_path / "claims.parquet", tmp_path / "claims.yaml"
    stage.estimate("accuracy", cells, Gate(0.99), INFERENCE, accuracy)
    claim = {
        "id": "it_reverses",
        "family": "one",
        "paper": "ours",
        "statement": "It reverses.",
        "experiment": "mitigation",
    }
    claim |= {
        "statistic": "accuracy",
        "where": {"cell": "mdm", "measure": "accuracy", "last": True},
        "estimand": "accuracy",
    }
    claim |= {"test": "superiority", "margin": 0.5, "minimum_n": 8}
    ledger.write_text(yaml.safe_dump({"alpha": 0.05, "excluded_share": 0.2, "claims": [claim]}))
    judgement.judge([ledger], ["mitigation"], {("mitigation", "accuracy"): accuracy}, range(10), judged)
    row = tables.read(judged, "claims").to_pandas().iloc[0]
    assert (row["verdict"], row["runs"], row["estimate"], row["seeds"]) == ("supported", 10, 1, "0–9")


def test_estimates_do_not_depend_on_the_run(cells, tmp_path):
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    for path in (first, second):
        stage.estimate("accuracy", cells, Gate(0.99), INFERENCE, path)
    assert tables.read(first, "accuracy").equals(tables.read(second, "accuracy"))


def test_an_unknown_statistic_is_named(cells, tmp_path):
    with pytest.raises(ReversalError, match="'acuracy' is none of"):
        stage.estimate("acuracy", cells, Gate(0.99), INFERENCE, tmp_path / "accuracy.parquet")
