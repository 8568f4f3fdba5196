"""Which files a cell's results depend on."""

from reversal import dag
from reversal.study import load
from tests.configs import read_config


def study():
    made = read_config()
    made["datasets"]["chain"] = {"text": {"kind": "chain"}}
    made["cells"]["chain_mdm"] = {"like": "arrows", "data": "chain"}
    made["experiments"]["steps"] = {"cells": ["mdm", "chain_mdm"], "statistics": ["accuracy"]}
    made["selected"] = ["steps", "mitigation"]
    return load(made)


def test_a_cells_variants_are_the_files_that_its_settings_name():
    found = study()
    assert set(dag.variants(found.cells["chain_mdm"])) == {
        ("models.architectures", "transformer"),
        ("models.positions", "learned"),
        ("data.layouts", "with_relation"),
        ("data.texts", "chain"),
        ("train.objectives", "mdm"),
    }


def test_a_statistic_depends_on_the_texts_of_its_cells():
    """They say what guessing is."""
    texts = {
        experiment: {
            name for package, name in dag.estimated(study(), experiment, "accuracy") if package == "data.texts"
        }
        for experiment in ("steps", "mitigation")
    }
    assert texts == {"steps": {"facts", "chain"}, "mitigation": {"facts"}}
