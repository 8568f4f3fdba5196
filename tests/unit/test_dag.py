"""Which files a cell's results depend on, and what is said of those that nothing selected makes."""

import re

from reversal import dag
from reversal.study import load
from tests.configs import read_config


def study():
    made = read_config()
    made["datasets"]["chain"] = {"text": {"kind": "chain"}}
    made["cells"]["spare"] = {"like": "arrows"}
    made["cells"]["chain_mdm"] = {"like": "arrows", "data": "chain"}
    made["experiments"]["steps"] = {"cells": ["mdm", "chain_mdm"], "statistics": ["accuracy"]}
    made["selected"], made["on_request"] = ["steps", "mitigation"], []
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


def test_what_is_not_selected_says_how_to_have_it():
    """Asked of every pattern, as Snakemake does: the reason of what is not selected, and none for what is."""
    made = study()
    reasons = dag.unselected(made)

    def reason(target: str) -> str | None:
        [*found] = {said for pattern, said in reasons.items() if re.fullmatch(pattern, target)}
        assert len(found) <= 1
        return found[0] if found else None

    of_dose = "experiments.dose is not selected; add it to selected"
    for target in (
        "dose",
        "dose_response",
        *(f"results/default/{home}/dose_response.csv" for home in ("figures", "tables")),
    ):
        assert reason(target) == of_dose, target
    assert reason("results/default/statistics/dose/accuracy.parquet") == of_dose
    assert reason("results/default/train/dose_1/1000-1009/history.parquet") == (
        "cells.dose_1 is in no selected experiment; add one that has it: dose, mediation"
    )
    assert reason("results/default/evaluate/spare/1000-1009/queries.parquet") == (
        "cells.spare is in no selected experiment; list it in an experiment, and that in selected"
    )
    wanted = [
        *made.experiments,
        *dag.figures(made),
        *dag.estimates(made, made.selected),
        *dag.drawn(made, "mitigation_families").values(),
    ]
    wanted += [path for block in made.blocks for path in dag.checkpoints(made, cell="mdm", block=block.name)]
    assert [target for target in (*wanted, "results/default/train/nothing/0-1/history.parquet") if reason(target)] == []


def test_where_all_is_selected_nothing_is_refused():
    config = read_config()
    used = {cell for experiment in config["experiments"].values() for cell in experiment["cells"]}
    config["cells"] = {name: record for name, record in config["cells"].items() if name in used}
    assert dag.unselected(load({**config, "selected": [*config["experiments"]]})) == {}
