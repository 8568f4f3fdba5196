"""Language models in a config: what they are resolved to, what the DAG makes of them, and mistakes."""

import pytest

from reversal import dag, ledger, paths
from reversal.errors import ReversalError
from reversal.language.cells import asked, corpus_files, corpus_variants
from reversal.statistics import claims
from reversal.study import load
from tests.configs import read_config

PUBLISHED = {
    "ettin": {
        "corpus": "natural",
        "family": "MLM",
        "kind": "masked",
        "checkpoint": "jhu-clsp/ettin-encoder-17m",
        "revision": "0" * 40,
    }
}


@pytest.fixture
def config():
    found = read_config()
    found["selected"], found["on_request"] = ["symmetric"], ["natural"]
    return found


def with_published(config):
    config["language"]["published"] = PUBLISHED
    config["experiments"]["peers"] = {"cells": ["ettin"], "statistics": ["recall"]}
    config["selected"] = ["peers"]
    return config


def test_a_learner_has_blocks_of_its_own_seeds(config):
    study = load(config)
    assert [block.name for block in study.blocks_of("symmetric_mdm")] == ["1000-1005"]
    assert [block.name for block in study.blocks_of("natural_mdm")] == ["1000-1002"]
    config["seeds"]["block"] = 4
    assert [block.name for block in load(config).blocks_of("symmetric_mdm")] == ["1000-1003", "1004-1005"]
    assert study.learners["symmetric_mdm"].family == "MDM"
    assert study.learners["symmetric_arm"].trained == ("target",)
    assert not study.cells
    assert "natural" in study.experiments
    assert [experiment.name for experiment in study.selected] == ["symmetric"]


def test_how_a_model_is_probed_is_no_setting_of_its_training(config):
    before = load(config).learners["symmetric_mdm"]
    config["language"]["settings"]["small"]["probe"] = {"batch": 7}
    after = load(config).learners["symmetric_mdm"]
    assert before.settings == after.settings
    assert asked(after)["probe"]["batch"] == 7


def test_a_statistic_of_language_models_reads_each_block(config):
    config["seeds"]["block"] = 2
    study = load(config)
    found = dag.measured(study, "symmetric", "recall")
    cells = study.experiments["symmetric"].cells
    assert len(found["answers"]) == len(found["history"]) == 3 * len(cells)
    assert dag.inside(study, "language/symmetric_mdm/1002-1003/answers.parquet") in found["answers"]
    assert {record["name"]: len(record["blocks"]) for record in dag.records(study, "symmetric")} == dict.fromkeys(
        cells, 3
    )


def test_every_job_of_the_stage_is_known(config):
    study = load(config)
    names = [name for name, _ in dag.language(study)]
    corpora = {(cell.corpus, cell.seeds) for cell in study.learners.values()}
    assert len(names) == len(set(names)) == len(corpora) + 2 * len(study.learners)


def test_a_published_checkpoint_trains_nothing(config):
    study = load(with_published(config))
    assert study.published["ettin"].trained == ()
    assert dag.measured(study, "peers", "recall")["history"] == []
    assert study.published["ettin"].settings["checkpoint"] == "jhu-clsp/ettin-encoder-17m"
    assert [name for name, _ in dag.language(study) if name.startswith("probe/ettin")] == ["probe/ettin/1000-1000"]


def test_a_corpus_depends_on_its_sources_and_design():
    told = {"facts": ["states", {"file": "a.csv", "templates": "t.yaml"}], "design": {"kind": "signed"}}
    assert corpus_variants(told) == [("language.corpus.facts", "states"), ("language.corpus.designs", "signed")]
    assert corpus_files(told) == ["a.csv", "t.yaml"]


def test_tables_of_a_language_model_lie_in_its_folder():
    assert paths.measured("answers", "language") == "language/{cell}/{block}/answers.parquet"


MISTAKES = [
    (("cells", "symmetric_mdm", "corpus"), "asymmetric", "'asymmetric' is none of the corpora"),
    (("cells", "symmetric_mdm", "objective"), {"kind": "arm"}, "is bidirectional, and objective arm wants causal"),
    (("settings", "small", "model", "heads"), 3, "heads: 3 does not divide width 128"),
    (("cells", "symmetric_mdm", "tokenizer"), {"kind": "words"}, "tokenizer.kind: 'words' does not fit"),
    (("settings", "small", "optimisation", "stepz"), 3, "no such key (did you mean steps?)"),
    (("corpora", "symmetric", "facts"), ["contries"], "language.corpora.symmetric.facts"),
    (("cells", "mdm"), {"like": "small"}, "there is a cell of the same name"),
]


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=[".".join(row[0]) for row in MISTAKES])
def test_mistakes_are_one_line_that_names_the_key(config, path, value, said):
    *parents, last = path
    place = config["language"]
    for key in parents:
        place = place.setdefault(key, {})
    place[last] = value
    with pytest.raises(ReversalError) as error:
        load(config)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_both_kinds_of_cells_in_one_experiment_are_refused(config):
    config["experiments"]["symmetric"]["cells"].append("mdm")
    with pytest.raises(ReversalError, match="is a language model and others are not"):
        load(config)


def test_a_statistic_of_the_other_kind_of_model_is_refused(config):
    config["experiments"]["symmetric"]["statistics"].append("accuracy")
    with pytest.raises(ReversalError, match="'accuracy' is not taken of these cells; one of: gradient_alignment"):
        load(config)


def test_a_published_checkpoint_needs_a_family_that_is_known(config):
    with_published(config)["language"]["published"]["ettin"]["family"] = "BERT"
    with pytest.raises(ReversalError, match="family: 'BERT' does not fit"):
        load(config)


@pytest.mark.parametrize(
    "claim", claims.load(*map(ledger.path, load(read_config()).language_claims)).claims, ids=lambda claim: claim["id"]
)
def test_every_claim_is_of_cells_that_its_experiment_has(claim):
    """A misspelt cell would pick no rows, and the claim would be inconclusive for ever."""
    experiment = load(read_config()).experiments[claim["experiment"]]
    assert claim["statistic"] in experiment.statistics
    for where in (claim["where"], claim.get("compared", {}).get("where", {})):
        assert where.get("cell", experiment.cells[0]) in experiment.cells


def test_a_record_that_has_gone_is_looked_for_in_both_sections(config):
    del config["language"]["settings"]["small"]
    said = "'small' is none of the records of language.settings and language.cells"
    with pytest.raises(ReversalError, match=f"language.cells.symmetric_arm.like: {said}|sentences.like: {said}"):
        load(config)
