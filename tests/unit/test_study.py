"""From config to study: what is refused and how it is said, what a study is, and what fingerprints depend on."""

import copy
import math
import re
import subprocess
import sys
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reversal import dag, study
from reversal.errors import ReversalError
from tests.configs import ROOT, read_config

DEFAULT = read_config()
SMOKE = read_config("workflow/scales/smoke.yaml")


def changed(path: str, value: Any, config: dict[str, Any] = DEFAULT) -> dict[str, Any]:
    """A copy of a config with one setting changed; mappings on the way are made."""
    config = copy.deepcopy(config)
    *way, last = path.split(".")
    reduce(lambda home, key: home.setdefault(key, {}), way, config)[last] = value
    return config


def refusal(config: Any) -> str:
    with pytest.raises(ReversalError) as caught:
        study.load(config)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("config", [DEFAULT, SMOKE], ids=["default", "smoke"])
def test_the_configs_in_the_repository_load(config):
    made = study.load(config)
    assert set(made.experiments) == {*config["selected"], *config["on_request"]}
    assert {cell.family for cell in made.cells.values()} >= {"bilinear", "ARM", "MDM", "target-only"}
    for cell in made.cells.values():
        assert cell.checkpoints[0] == 0
        assert cell.checkpoints[-1] == cell.optimisation["steps"]
        assert list(cell.checkpoints) == sorted(set(cell.checkpoints))
        assert len(cell.checkpoints) == made.checkpoints


# key, value, and what the refusal must say: the key, then something that would fit
WRONG = [
    ("seeds.cuont", 10, "seeds.cuont: no such key", "did you mean count?"),
    ("cells.mdm.modle", {}, "cells.mdm.modle: no such key", "did you mean model?"),
    ("settings.reference.model.head", 4, "settings.reference.model.head: no such key", "did you mean heads?"),
    ("datasets.facts.layout.gap", 1, "datasets.facts.layout.gap: no such key", "known here: kind"),
    ("sedes", {}, "sedes: no such key", "did you mean seeds?"),
    ("seeds.count", "ten", "seeds.count: 'ten'", "type integer"),
    ("seeds.count", 2.5, "seeds.count: 2.5", "type integer"),
    ("seeds.count", True, "seeds.count: True", "type integer"),
    ("settings.reference.model.mlp", 1, "settings.reference.model.mlp: 1", "type boolean"),
    ("gate", None, "gate: None", "type number"),
    ("gate", math.nan, "gate: nan", "type number"),
    ("cells.mdm.model", {"position": {"angle": math.inf}}, "cells.mdm.model.position.angle: inf", "number or null"),
    ("datasets", [], "datasets: []", "type object"),
    ("cells.mdm", "reference", "cells.mdm: 'reference'", "type object"),
    ("gate", 1.5, "gate: 1.5", "≤ 1"),
    ("seeds.count", 0, "seeds.count: 0", "≥ 1"),
    ("calibration", 2, "calibration: 2", "≥ 20"),
    ("experiments.dose.training_nll", 0, "experiments.dose.training_nll: 0", "> 0"),
    ("inference.confidence", 1, "inference.confidence: 1", "< 1"),
    ("settings.reference.optimisation.learning_rate", 0, "learning_rate: 0", "> 0"),
    ("seeds.first", 10**30, "seeds.first", "63 bits"),
    ("evaluation.distances", [], "evaluation.distances: []", "at least 1"),
    ("evaluation.distances", [2, 2], "evaluation.distances: 2", "twice"),
    ("study", "My study", "study: 'My study'", "lower-case"),
    ("study", "smoke\n", "study: 'smoke\\n'", "lower-case"),
    ("study", "a" * 80, "study", "at most 64"),
    ("cells.Mdm", {"like": "reference"}, "cells: 'Mdm'", "lower-case"),
    ("cells.mdm.objective", {"kind": "mask"}, "cells.mdm.objective.kind: 'mask'", "one of: any_order, mdm"),
    ("cells.mdm.model", {"position": {"kind": "roep"}}, "position.kind: 'roep'", "did you mean rope?"),
    ("experiments.dose.figures", ["responses"], "experiments.dose.figures.0: 'responses'", "did you mean response?"),
    ("experiments.dose.cells", ["dose_9"], "experiments.dose.cells.0: 'dose_9'", "dose_0"),
    ("selected", ["doze"], "selected.0: 'doze'", "did you mean dose?"),
    ("cells.mdm.like", "referense", "cells.mdm.like: 'referense'", "did you mean reference?"),
    ("cells.mdm.like", None, "cells.mdm.like: None", "reference"),
    ("cells.mdm.like", "mdm", "cells.mdm.like: 'mdm'", "break the circle"),
    ("cells.dose_2.like", "source_dose_2", "like: ", "break the circle"),
    ("cells.mdm.data", "fatcs", "cells.mdm.data: 'fatcs'", "did you mean facts?"),
    ("cells.reference", {"like": "mdm"}, "cells.reference", "rename"),
    ("experiments.train", {"cells": ["mdm"]}, "experiments.train", "rename"),
]


@pytest.mark.parametrize(
    ("path", "value", "where", "way_out"), WRONG, ids=[f"{row[0]}={row[1]!r:.20}" for row in WRONG]
)
def test_a_mistake_is_named_with_its_value_and_what_would_fit(path, value, where, way_out):
    message = refusal(changed(path, value))
    assert where in message
    assert way_out in message


@pytest.mark.parametrize("key", ["study", "datasets", "cells", "experiments", "selected"])
def test_a_missing_section_is_named(key):
    config = {name: value for name, value in DEFAULT.items() if name != key}
    assert refusal(config).startswith(f"{key}: missing")


# Settings that fit one by one and not together: what is changed, and what the refusal says.
CONTRADICTIONS = {
    "next token, looking ahead": ({"cells.arm.model": {}}, "cells.arm.model.attention: 'bidirectional'", "causal"),
    "source-only, looking back": (
        {"cells.source_only.model": {"attention": "causal"}},
        "attention: 'causal'",
        "bidirectional",
    ),
    "heads and width": ({"settings.reference.model.heads": 5}, "model.heads: 5", "width 64"),
    "RoPE and odd heads": ({"settings.reference.model.heads": 64}, "model.heads: 64", "must be even"),
    "two checkpoints at one step": ({"checkpoints": {"first": 1, "count": 30}}, "checkpoints.count: 30", "take fewer"),
    "first checkpoint after the last": ({"checkpoints.first": 800}, "checkpoints.first: 800", "before the last"),
    "batch and sentences": ({"settings.reference.optimisation.batch": 126}, "optimisation.batch: 126", "125 sentences"),
    "batch and mask sizes": ({"settings.reference.optimisation.batch": 2}, "optimisation.batch: 2", "at least 3"),
    "vocabulary and pairs": ({"datasets.arrows.entity_tokens": 399}, "datasets.arrows.entity_tokens: 399", "need 400"),
    "no relation to invert": (
        {"datasets.words.relation": "inverse"},
        "datasets.words.layout.kind: 'adjacent'",
        "symmetric",
    ),
    "no relation for others": (
        {"datasets.words.other_pairs": 1},
        "datasets.words.layout.kind: 'adjacent'",
        "other_pairs: 0",
    ),
    "facts' settings in a chain": (
        {"datasets.facts.text": {"kind": "chain"}},
        "datasets.facts.other_pairs: 25",
        "text facts only",
    ),
    "a chain without relations": (
        {"datasets.words.text": {"kind": "chain"}},
        "datasets.words.layout.kind: 'adjacent'",
        "with_relation",
    ),
    "vocabulary and a chain": (
        {"datasets.words": {"text": {"kind": "chain"}, "pairs": 100, "entity_tokens": 299}},
        "datasets.words.entity_tokens: 299",
        "need 300",
    ),
    "a context that is no rectangle": (
        {"datasets.words": {"text": {"kind": "in_context", "second": 7}, "pairs": 100}},
        "datasets.words.text.second: 7",
        "multiple of 7",
    ),
    "bilinear and relations": ({"settings.bilinear.data": "facts"}, "model.kind: 'bilinear'", "adjacent"),
    "bilinear and masks": ({"settings.bilinear.objective": {"kind": "mdm"}}, "model.kind: 'bilinear'", "next_token"),
    "bilinear and long words": ({"datasets.words.word_size": 2}, "model.kind: 'bilinear'", "word_size 1"),
    "too narrow to be orthonormal": ({"cells.bilinear_orthonormal.model.width": 199}, "model.width: 199", "200 tokens"),
    "any order and two-sided attention": (
        {"cells.mdm.objective": {"kind": "any_order"}},
        "cells.mdm.model.attention: 'bidirectional' contradicts objective any_order",
        "causal",
    ),
    "any order and long words": (
        {
            "datasets.facts.word_size": 2,
            "cells.mdm.objective": {"kind": "any_order"},
            "cells.mdm.model": {"attention": "causal"},
        },
        "cells.mdm.objective.kind: 'any_order'",
        "word_size 1",
    ),
    "any order and its prefixes": (
        {"cells.arm.objective": {"kind": "any_order"}, "cells.arm.optimisation": {"batch": 2}},
        "cells.arm.optimisation.batch: 2",
        "at least 3",
    ),
    "tian and two-sided next tokens": (
        {"cells.arm.model": {"kind": "tian", "attention": "bidirectional"}},
        "cells.arm.model.attention: 'bidirectional' contradicts objective next_token",
        "causal",
    ),
    "tian and the first token": ({"cells.arm.model": {"kind": "tian"}}, "cells.arm.model.kind: 'tian'", "last_entity"),
    "tian and causal masks": ({"cells.mdm.model": {"kind": "tian"}}, "cells.mdm.model.kind: 'tian'", "last_entity"),
    "tian and nothing before A": (
        {
            "cells.arm.data": "words",
            "cells.arm.model": {"kind": "tian"},
            "cells.arm.objective": {"kind": "next_token", "loss": "last_entity"},
        },
        "cells.arm.model.kind: 'tian'",
        "a layout with a relation",
    ),
    "positions and reach": (
        {"cells.mdm_learned.model.position": {"kind": "learned", "length": 9}},
        "cells.mdm_learned.model.position.length: 9",
        "≥ 10",
    ),
    "an early stop and a falling rate": (
        {"settings.arrows.optimisation.stop_after": 100},
        "optimisation.stop_after: 100 contradicts final 0.02",
        "set final: 1",
    ),
    "long sentences, all masks": (
        {"datasets.facts.word_size": 4, "cells.mdm.objective": {"kind": "mdm", "masks": "enumerated"}},
        "cells.mdm.objective.masks: 'enumerated'",
        "at most 8",
    ),
    "a figure without its statistic": (
        {"experiments.dose.statistics": ["accuracy", "dose"]},
        "experiments.dose.figures.0: 'response' draws the statistic 'correlation'",
        "add it to experiments.dose.statistics",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_named_with_both_sides(case):
    changes, where, way_out = CONTRADICTIONS[case]
    message = refusal(reduce(lambda config, change: changed(*change, config), changes.items(), DEFAULT))
    assert where in message
    assert way_out in message


@pytest.mark.parametrize("name", ["train", "estimate", "draw_ledger"])
def test_an_experiment_cannot_have_the_name_of_a_rule(name):
    said = refusal(changed(f"experiments.{name}", {"cells": ["mdm"]}))
    assert said == f"experiments.{name}: {name!r} is a rule's name; rename the experiment"


def test_every_rule_in_the_rule_files_is_refused_as_a_name():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    named = set(re.findall(r"^(?:use rule \w+ as|rule) (\w+)", text, flags=re.MULTILINE))
    assert len(named) > 5
    assert named <= study.RULES


def test_records_that_no_cell_uses_are_checked_too():
    unused = changed("settings.spare", {"like": "reference", "model": {"widht": 3}})
    assert refusal(unused).startswith("settings.spare.model.widht: no such key")
    lonely = changed("cells.spare", {"like": "reference", "optimisation": {"steps": -1}})
    assert refusal(lonely).startswith("cells.spare.optimisation.steps: -1 is out of range")
    text = changed("datasets.spare", {"pairs": 1})
    assert refusal(text).startswith("datasets.spare.pairs: 1 is out of range")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.width", "wide"),
        ("model.kind", "former"),
        ("optimisation.steps", 0),
        ("objective.masks", "all"),
        ("data", "x"),
    ],
)
def test_a_mistake_is_named_where_it_was_made_and_not_where_it_is_inherited(path, value):
    assert refusal(changed(f"settings.reference.{path}", value)).startswith(f"settings.reference.{path}: ")


def test_cells_inherit_deeply_and_change_of_kind_starts_afresh():
    cells = study.load(DEFAULT).cells
    assert cells["source_dose_4"].model == cells["dose_4"].model
    assert cells["source_dose_4"].objective == {"kind": "source_only"}
    assert cells["mdm_learned"].model["position"] == {"kind": "learned", "scale": 1, "length": 32}
    assert cells["mdm_learned"].model["width"] == 64


def test_only_the_cells_of_selected_experiments_are_run():
    made = study.load(changed("selected", ["reversal"]))
    assert set(made.cells) == {"arrows_arm", "arrows_mdm"}
    assert set(made.datasets) == {"arrows"}


@given(st.integers(0, 10**6), st.integers(1, 200), st.integers(1, 60))
def test_blocks_hold_every_seed_once_and_in_order(first, count, size):
    made = study.load(changed("seeds", {"first": first, "count": count, "block": size}, SMOKE))
    assert [seed for block in made.blocks for seed in block.seeds] == list(range(first, first + count))
    assert {len(block.seeds) for block in made.blocks[:-1]} <= {size}
    assert len({block.name for block in made.blocks}) == len(made.blocks)
    assert len(list(made.runs())) == count * len(made.cells)


def test_trained_queries_and_families():
    cells = study.load(DEFAULT).cells
    assert cells["mdm"].trained == ("source", "target")
    assert cells["source_only"].trained == ("source",)
    assert cells["arm"].trained == cells["bilinear_32"].trained == cells["target_only"].trained == ("target",)
    assert [cells[name].family for name in ("mdm", "mlm", "arm", "bilinear_32")] == ["MDM", "MLM", "ARM", "bilinear"]


def test_causal_attention_trains_source_only_where_the_mask_is_read_last():
    """[M] R B hides B from [M] in the order told; in an order of its own, [M] comes last and sees it."""
    causal = {"model": {"attention": "causal"}}
    cells = {
        "told": {"like": "reference", "objective": {"kind": "mdm"}, **causal},
        "reordered": {"like": "reference", "objective": {"kind": "any_order"}, **causal},
    }
    made = study.load(
        {
            **changed("cells", {**DEFAULT["cells"], **cells}),
            "selected": ["causal"],
            "on_request": [],
            "experiments": {"causal": {"cells": [*cells]}},
        }
    ).cells
    assert made["told"].trained == ("target",)
    assert made["reordered"].trained == ("source", "target")
    assert [made[name].family for name in cells] == ["MDM", "any-order"]


def test_an_experiment_may_ask_for_a_training_loss_beside_the_accuracy():
    asked = study.load(changed("experiments.reversal.training_nll", 0.05))
    assert dag.gate(asked, "reversal") == "--gate 0.99 --training-nll 0.05"
    assert dag.gate(asked, "dose") == "--gate 0.99"


def test_what_is_not_selected_is_known():
    made = study.load(changed("selected", ["reversal"]))
    assert {*made.experiments, *made.unselected} == {*DEFAULT["experiments"]}
    assert {*made.cells, *made.unused} == {*DEFAULT["cells"]}
    assert not made.cells.keys() & {*made.unused}


def test_a_ledger_that_is_not_there_is_named():
    assert study.load(DEFAULT).claims == ("workflow/claims.yaml", "workflow/language_claims.yaml")
    assert study.load(changed("claims", [])).claims == ()
    said = refusal(changed("claims", ["workflow/claims.yaml", "workflow/clams.yaml"]))
    assert said.startswith("claims.1: 'workflow/clams.yaml' is no file; name one as seen from /")


def prints(config: dict[str, Any]) -> dict[str, str]:
    return {name: cell.fingerprint() for name, cell in study.load(config).cells.items()}


SAME = [
    ("cells.mdm.label", "another name"),
    ("seeds", {"first": 3, "count": 4, "block": 2}),
    ("evaluation.facts", 8),
    ("inference.margin", 0.1),
    ("gate", 0.5),
    ("study", "other"),
    ("cells.spare", {"like": "reference"}),
    ("settings.reference.optimisation.steps", 800.0),
    ("settings.reference.model.tied", True),
    ("settings.reference.optimisation.weight_decay", 0.01),
    ("settings.bilinear.model.initial_scale", 0),
    ("settings.reference.model.embeddings", "trained"),
]


@pytest.mark.parametrize(("path", "value"), SAME, ids=[row[0] for row in SAME])
def test_a_fingerprint_stays_when_no_setting_of_the_cell_changes(path, value):
    assert prints(changed(path, value)) == prints(DEFAULT)


def test_a_fingerprint_does_not_depend_on_the_order_of_keys():
    def turned(value: Any) -> Any:
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    assert prints(turned(DEFAULT)) == prints(DEFAULT)


OTHER = [
    ("settings.reference.model.width", 32, {"mdm", "arm", "dose_1"}, {"arrows_mdm", "bilinear_32"}),
    ("settings.reference.optimisation.learning_rate", 1e-3, {"mdm", "source_dose_4"}, {"arrows_arm"}),
    ("datasets.facts.pairs", 90, {"mdm", "mdm_permuted", "arm_both_ways"}, {"arrows_mdm", "bilinear_32"}),
    ("datasets.facts.layout", {"kind": "random_gap"}, {"mdm"}, {"bilinear_32"}),
    ("cells.dose_2.model.position.angle", 0.4, {"dose_2", "source_dose_2"}, {"dose_1", "mdm"}),
    ("cells.mlm.objective.rate", 0.31, {"mlm"}, {"mdm"}),
    ("checkpoints.count", 7, {"mdm", "arrows_arm", "bilinear_32"}, set()),
]


@pytest.mark.parametrize(("path", "value", "moved", "stayed"), OTHER, ids=[row[0] for row in OTHER])
def test_a_fingerprint_changes_with_the_settings_of_its_cell_and_no_other(path, value, moved, stayed):
    before, after = prints(DEFAULT), prints(changed(path, value))
    assert all(before[name] != after[name] for name in moved)
    assert all(before[name] == after[name] for name in stayed)


def test_runs_of_a_cell_have_their_own_fingerprints():
    cell = study.load(SMOKE).cells["mdm"]
    assert len({cell.fingerprint(seed) for seed in (None, 0, 1, 2)}) == 4


def test_planning_a_study_imports_no_torch():
    code = "import sys; from reversal import study; print(sorted({'torch', 'matplotlib', 'pandas'} & set(sys.modules)))"
    plan = "import yaml; study.load(yaml.safe_load(open('config.yaml')));"
    code = code.replace("print", f"{plan} print")
    environment = {"PYTHONPATH": "workflow", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_loading_leaves_the_config_as_it_was():
    config = copy.deepcopy(DEFAULT)
    study.load(config)
    assert config == DEFAULT
