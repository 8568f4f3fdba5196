"""A model family is there as soon as one file brings it: for the plan, the dictionary, the figures and the ledger."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reversal import families, registry
from tests.configs import ROOT

SPAN = (registry.HOME / "train/objectives/mlm.py").read_text(encoding="utf-8").replace('"MLM"', '"span"')
"""An objective with a family of its own."""

ASKED = """
import json, yaml
from reversal import dag, tables, validation
from reversal.code_digest import stage_digest
from reversal.study import load

config = yaml.safe_load(open("config.yaml", encoding="utf-8"))
if "span" in validation.definition("cell")["properties"]["objective"]["properties"]["kind"]["enum"]:
    config["cells"]["mdm_span"] = {"like": "reference", "objective": {"kind": "span"}}
    config["experiments"]["spans"] = {"cells": ["mdm", "mdm_span"], "figures": ["families"]}
    config["selected"].append("spans")
study = load(config)
told = [name for name, column in tables.entry("accuracy")["columns"].items() if "span" in column.get("values", ())]
estimates = {
    f"{experiment.name} {name}": stage_digest("statistics", [name, *dag.reads(name)], dag.estimated(study, experiment.name, name))
    for experiment in study.experiments.values()
    for name in experiment.statistics
}
runs = {name: stage_digest("train", ["history"], dag.variants(cell)) for name, cell in study.cells.items()}
figures = {
    name: [stage_digest("figures", ["accuracy"], [("figures.plots", figure)]), dag.colours(study, experiment)]
    for name, (experiment, figure) in dag.figures(study).items()
}
families = sorted({cell.family for cell in study.cells.values()})
print(json.dumps({"families": families, "told": told, "estimates": estimates, "runs": runs, "figures": figures}))
"""


def asked(clone: Path, question: str = ASKED) -> dict:
    """What the workflow in a folder says of its families and of the code behind every table and figure."""
    done = subprocess.run(
        [sys.executable, "-c", question],
        cwd=clone,
        env={"PYTHONPATH": str(clone / "workflow"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def clone(tmp_path) -> Path:
    shutil.copy2(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_family_is_one_file_and_reruns_nothing(clone):
    """The clone's plan before and after: the new cell is there, of its family, and all others are as they were."""
    before = asked(clone)
    objective = clone / "workflow/reversal/train/objectives/span.py"
    objective.write_text(SPAN, encoding="utf-8")
    after = asked(clone)
    assert set(after["families"]) - set(before["families"]) == {"span"}
    assert (before["told"], after["told"]) == ([], ["family"])
    for kind in ("estimates", "runs", "figures"):
        assert {name: after[kind][name] for name in before[kind]} == before[kind], kind
    [drawn] = after["figures"].keys() - before["figures"].keys()
    mine = after["figures"][drawn][1]
    assert mine.keys() == {"MDM", "span"}

    objective.write_text(SPAN.replace('"span"', '"span"\nCOLOUR = "#112233"'), encoding="utf-8")
    coloured = asked(clone)
    assert coloured["figures"].pop(drawn)[1] == {**mine, "span": "#112233"}
    assert after["figures"].pop(drawn)[1] == mine
    assert coloured == after


def test_a_renamed_family_trains_nothing_anew_and_estimates_what_names_it(clone):
    """Its name is one of the records that an estimate is told of."""
    before = asked(clone)
    path = clone / "workflow/reversal/train/objectives/mlm.py"
    path.write_text(path.read_text(encoding="utf-8").replace('"MLM"', '"fixed rate"'), encoding="utf-8")
    after = asked(clone)
    assert after["runs"] == before["runs"]
    assert set(after["families"]) ^ set(before["families"]) == {"MLM", "fixed rate"}


LINEAR = (
    (registry.HOME / "models/architectures/bilinear.py").read_text(encoding="utf-8").replace('"bilinear"', '"linear"')
)
"""An architecture with a family of its own."""

COUNTED = """
import json, yaml
from reversal.machines import gpu_hours, memory
from reversal.machines.gpus import GPUS
from reversal.models import size
from reversal.study import load

config = yaml.safe_load(open("config.yaml", encoding="utf-8"))
config["cells"]["masked_linear"] = {"like": "reference", "model": {"kind": "linear", "width": 7}}
config["experiments"]["linear"] = {"cells": ["masked_linear"]}
study = load({**config, "selected": ["linear"]})
cell = study.cells["masked_linear"]
facts = (memory.training(cell.settings, 10), memory.evaluation(cell.settings, 24))
hours = gpu_hours.cost(cell, study, GPUS["h100"]).train
print(json.dumps({"family": cell.family, "parameters": size.parameters(cell.settings), "memory": facts, "hours": hours}))
"""


def test_an_architecture_is_one_file(clone):
    """It is planned, counted and estimated with whatever objective it is given: V = 252 of the facts, d = 7."""
    (clone / "workflow/reversal/models/architectures/linear.py").write_text(LINEAR, encoding="utf-8")
    found = asked(clone, COUNTED)
    assert found.pop("hours") > 0
    assert found == {"family": "linear", "parameters": 252 * 7 + 7 * 7, "memory": [3000, 3000]}


def test_every_family_has_its_files():
    assert families.variants()["bilinear"] == (("models.architectures", "bilinear"),)
    assert families.variants()["MDM"] == (("train.objectives", "mdm"), ("language.train.objectives", "mdm"))


def test_an_architecture_of_its_own_family_is_of_it_whatever_it_is_trained_for():
    assert families.of({"kind": "bilinear"}, {"kind": "next_token"}) == "bilinear"
    assert families.of({"kind": "tian"}, {"kind": "next_token"}) == "ARM"
