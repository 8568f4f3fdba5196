import hashlib
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from reversal import tables
from reversal.errors import ReversalError
from reversal.statistics import claims, intervals, levels, pooling
from reversal.statistics.estimates import mediation, recall
from reversal.statistics.tests import mean as mean_of_zero
from tests.unit.statistics.made_up_answers import answers, cell_of
from tests.unit.statistics.made_up_runs import cell_runs

LEDGER = Path(claims.__file__).parents[2] / "claims.yaml"
INFERENCE = {"confidence": 0.95}


@pytest.fixture
def ledger(tmp_path):
    """A ledger of one claim, with changes."""

    def write(**changes) -> Path:
        claim = {
            "id": "it_reverses",
            "family": "one",
            "paper": "ours",
            "statement": "It reverses.",
            "experiment": "mitigation",
            "statistic": "accuracy",
            "where": {"cell": "mdm", "query": "reverse", "measure": "candidate_accuracy", "last": True},
            "estimand": "accuracy",
            "test": "sign_flip",
            "alternative": "greater",
            "threshold": 0.5,
            "minimum_n": 8,
        }
        claim = {key: value for key, value in {**claim, **changes}.items() if value is not None}
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump({"alpha": 0.05, "excluded_share": 0.2, "claims": [claim]}))
        return path

    return write


def accuracies(cell: str, values: list[float], passed=None, query="reverse") -> pd.DataFrame:
    """Candidate accuracies of the seeds of one cell, with chance .01."""
    keys = pd.DataFrame({"step": [100], "query": [query], "frame": ["same"], "distance": [2], "own_distance": [True]})
    keys = keys.assign(trained=False, measure="candidate_accuracy", chance=0.01)
    runs = cell_runs(cell, seeds=range(len(values)), passed=passed)
    return levels.table("accuracy", runs, levels.Quantities(keys, np.array(values)[:, None]), INFERENCE)


def verdict(path: Path, *frames: pd.DataFrame) -> pd.Series:
    found = claims.judge(claims.load(path), {("mitigation", "accuracy"): pd.concat(frames)}, range(1000, 1010))
    assert len(found) == 1
    return found.iloc[0]


HIGH, LOW, MIXED = list(np.linspace(0.8, 0.9, 10)), list(np.linspace(0.1, 0.2, 10)), [0.4, 0.6] * 5


@pytest.mark.parametrize(("values", "expected"), [(HIGH, "supported"), (LOW, "contradicted"), (MIXED, "inconclusive")])
def test_a_contradiction_needs_evidence_against(ledger, values, expected):
    row = verdict(ledger(), accuracies("mdm", values))
    assert row["verdict"] == expected
    assert row["estimate"] == pytest.approx(np.mean(values))
    assert row["runs"] == 10
    assert "n = 10" in row["why"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0] * 10, "supported"),
        ([0.01, 0.0] * 5, "supported"),
        (HIGH, "contradicted"),
        ([0.0] * 7 + [0.3] * 3, "inconclusive"),
        ([0.05, 0.07] * 5, "inconclusive"),  # above chance for sure, by the margin or not
        ([0.03] * 10, "supported"),  # above chance for sure, and not by the margin
        ([0.07] * 10, "contradicted"),
    ],
)
def test_not_better_than_chance(ledger, values, expected):
    row = verdict(
        ledger(test="non_superiority", margin=0.05, alternative=None), accuracies("arm", values).assign(cell="mdm")
    )
    assert row["verdict"] == expected
    assert row["threshold"] == pytest.approx(0.06)
    assert np.isnan(row["margin"])  # it is in the threshold


@pytest.mark.parametrize(("values", "expected"), [(HIGH, "supported"), ([0.0] * 10, "contradicted")])
def test_better_than_chance(ledger, values, expected):
    assert (
        verdict(ledger(test="superiority", margin=0.5, alternative=None), accuracies("mdm", values))["verdict"]
        == expected
    )


@pytest.mark.parametrize(
    ("offset", "expected"), [(0.0, "supported"), (0.3, "contradicted"), (-0.3, "contradicted"), (0.1, "inconclusive")]
)
def test_equivalence_of_two_cells_pairs_their_seeds(ledger, offset, expected):
    path = ledger(
        test="equivalence",
        alternative=None,
        threshold=0,
        margin=0.1,
        compared={"as": "difference", "where": {"cell": "mlm"}},
    )
    wobble = np.array([0.01, -0.01] * 5)
    row = verdict(path, accuracies("mdm", list(np.array(HIGH) + offset + wobble)), accuracies("mlm", HIGH))
    assert row["verdict"] == expected
    assert row["estimate"] == pytest.approx(offset, abs=1e-9)
    assert (row["threshold"], row["margin"]) == (0, 0.1)


def test_a_ratio_is_first_over_second(ledger):
    compared = {"as": "ratio", "where": {"query": "source"}}
    frames = accuracies("mdm", [0.4] * 10), accuracies("mdm", [0.8] * 10, query="source")
    row = verdict(ledger(compared=compared, threshold=1, alternative="less"), *frames)
    assert (row["estimate"], row["verdict"]) == (pytest.approx(0.5), "supported")


def test_a_trend_along_a_column(ledger):
    """Accuracy rises with the distance in every seed."""
    frames = [accuracies("mdm", list(np.array(LOW) * factor)).assign(distance=factor) for factor in (1, 2, 3)]
    for alternative, expected in (("rising", "supported"), ("falling", "contradicted")):
        row = verdict(ledger(test="page", alternative=alternative, along="distance", threshold=None), *frames)
        assert (row["verdict"], row["estimate"]) == (expected, 1)


def test_a_seed_with_equal_outcomes_has_no_slope_and_stays_in_the_trend(ledger):
    frames = [accuracies("mdm", [0.5, *np.array(LOW[1:]) * factor]).assign(distance=factor) for factor in (1, 2, 3)]
    row = verdict(ledger(test="page", alternative="rising", along="distance", threshold=None), *frames)
    assert (row["verdict"], row["estimate"], row["runs"]) == ("supported", 1, 10)


@pytest.mark.parametrize("doses", [(1,), (1, 2)])
def test_a_study_with_too_few_doses_leaves_the_trend_open(ledger, doses):
    frames = [accuracies("mdm", list(np.array(LOW) * factor)).assign(distance=factor) for factor in doses]
    row = verdict(ledger(test="page", alternative="rising", along="distance", threshold=None), *frames)
    assert row["verdict"] == "inconclusive"
    assert row["why"].startswith(f"not estimable: {len(doses)} doses, and a trend needs three")
    assert np.isnan(row["estimate"]) == (len(doses) == 1)


@pytest.mark.parametrize(
    ("values", "passed", "reason"),
    [
        (HIGH[:3], None, "too few seeds: 3, and the claim asks for 8"),
        (HIGH, set(range(7)), "did not learn: 3 of 10 runs failed the gate"),
        (HIGH[:1], None, "too few seeds: 1, and the claim asks for 8"),
        ([np.nan] * 10, None, "not estimable: a run has no value"),
        ([*HIGH[:9], np.nan], None, "not estimable: a run has no value"),
        ([0.5] * 10, None, "identical by construction: no run differs from 0.5"),
        (MIXED, None, "the data leave both open: estimate 0.5"),
    ],
)
def test_what_cannot_be_concluded_says_why(ledger, values, passed, reason):
    row = verdict(ledger(minimum_n=8), accuracies("mdm", values, passed=passed))
    assert row["verdict"] == "inconclusive"
    assert row["why"].startswith(reason)


def test_two_of_ten_excluded_are_borne(ledger):
    row = verdict(ledger(), accuracies("mdm", HIGH, passed=set(range(8))))
    assert (row["verdict"], row["runs"], row["excluded"]) == ("supported", 8, 2)


def test_cells_that_the_study_lacks_are_said(ledger):
    row = verdict(ledger(), accuracies("mlm", HIGH))
    assert (row["verdict"], row["runs"]) == ("inconclusive", 0)
    assert "no rows" in row["why"]


def test_r_of_one_in_every_run_is_no_finding(ledger):
    keys = pd.DataFrame(
        {"step": [100], "layer": [0], "head": pd.array([None], "Int32"), "distance": [2], "own_distance": [True]}
    )
    ones = levels.Quantities(keys.assign(measure="pearson"), np.full((10, 1), np.inf), fisher=np.array([True]))
    table = levels.table("correlation", cell_runs(), ones, INFERENCE)
    path = ledger(statistic="correlation", where={"cell": "mdm", "measure": "pearson", "head": None}, threshold=0)
    row = claims.judge(claims.load(path), {("mitigation", "correlation"): table}, [0]).iloc[0]
    assert row["verdict"] == "inconclusive"
    assert row["why"].startswith("identical by construction")


R = [0.99, 0.97, 0.6, 0.55, 0.5, 0.45, 0.4, 0.5, 0.6, 0.7]
OF_R = {"statistic": "correlation", "where": {"cell": "mdm", "measure": "pearson", "head": None}}


def correlations(r: list[float]) -> pd.DataFrame:
    """Pearson's r of the seeds of one cell."""
    keys = pd.DataFrame({"step": [100], "layer": [0], "head": pd.array([None], "Int32"), "measure": ["pearson"]})
    z = pooling.fisher_z(np.array(r))[:, None]
    return levels.table("correlation", cell_runs(), levels.Quantities(keys, z, fisher=np.array([True])), INFERENCE)


def of_r(path: Path, table: pd.DataFrame) -> pd.Series:
    return claims.judge(claims.load(path), {("mitigation", "correlation"): table}, [0]).iloc[0]


@pytest.mark.parametrize("told", [True, False])
def test_a_correlation_is_tested_in_the_z_in_which_it_is_told(ledger, told):
    """A threshold between the mean of r, .626, and tanh of the mean of z, .724."""
    table = correlations(R)
    row = of_r(ledger(**OF_R, threshold=0.65), table if told else table[table["level"] == "run"])
    z = np.arctanh(R)
    low, high = intervals.interval(z[:, None], 0.95)
    wanted = np.tanh([z.mean(), low[0], high[0]])
    np.testing.assert_allclose(row[["estimate", "low", "high"]].astype(float), wanted)
    assert row["threshold"] == 0.65
    assert row["p_value"] == pytest.approx(mean_of_zero(z - np.arctanh(0.65), "greater"))
    assert row["p_value"] != pytest.approx(mean_of_zero(np.array(R) - 0.65, "greater"), rel=0.1)
    assert np.mean(R) < 0.65


def test_a_correlation_is_within_its_margin_where_the_told_mean_is(ledger):
    r = np.linspace(-0.3, 0.5, 10)
    changes = {"test": "equivalence", "alternative": None, "threshold": 0.2, "margin": 0.4}
    row = of_r(ledger(**OF_R, **changes), correlations(list(r)))
    z, least, most = np.arctanh(r), np.arctanh(-0.2), np.arctanh(0.6)
    assert row["p_value"] == pytest.approx(max(mean_of_zero(z - least, "greater"), mean_of_zero(z - most, "less")))
    assert (row["verdict"], row["threshold"]) == ("supported", 0.2)


def test_some_r_of_one_among_estimates_leave_nothing_to_test(ledger):
    row = of_r(ledger(**OF_R, threshold=0.2), correlations([1, 1, *R[2:]]))
    assert row["why"].startswith("not estimable: r = ±1 by construction in 2 of 10 runs")


def test_a_threshold_that_no_correlation_can_pass_is_refused(ledger):
    with pytest.raises(ReversalError, match=r"threshold: 0.7 does not fit; with its margin it lies within ±1"):
        claims.load(ledger(**OF_R, test="equivalence", alternative=None, threshold=0.7, margin=0.3))


def test_ranks_of_cells_that_agree_in_every_seed_are_a_finding(ledger):
    """A rank correlation over cells of 1 is no property of a model."""
    rows = pd.DataFrame({"level": "run", "cell": "over cells", "seed": range(10), "passed": True, "value": 1.0})
    table = levels.columns_of("mediation", rows.assign(measure="spearman"))
    path = ledger(statistic="mediation", where={"cell": "over cells", "measure": "spearman"}, threshold=0)
    row = claims.judge(claims.load(path), {("mitigation", "mediation"): table}, [0]).iloc[0]
    assert (row["verdict"], row["estimate"]) == ("supported", 1)


def test_a_difference_of_correlations_is_no_identity(ledger):
    """1 over 0: the contrast is 1 in every run and tested; only an r that is 1 itself is told apart."""
    keys = pd.DataFrame(
        {"step": [100], "layer": [0], "head": pd.array([None], "Int32"), "distance": [2], "own_distance": [True]}
    ).assign(measure="increment")
    made = [
        levels.table("correlation", cell_runs(name), levels.Quantities(keys, np.full((10, 1), r)), INFERENCE)
        for name, r in {"mdm": 0.6, "target_only": -0.4}.items()
    ]
    where = {"cell": "mdm", "measure": "increment", "head": None}
    compared = {"as": "difference", "where": {"cell": "target_only"}}
    path = ledger(statistic="correlation", where=where, compared=compared, threshold=0)
    row = claims.judge(claims.load(path), {("mitigation", "correlation"): pd.concat(made)}, [0]).iloc[0]
    assert (row["verdict"], row["estimate"]) == ("supported", pytest.approx(1))


OF_FACTS = {
    "statistic": "recall",
    "where": {
        "cell": "mdm",
        "query": "reverse",
        "told": "all",
        "relation": "all",
        "measure": "candidate_accuracy",
        "last": True,
    },
    "unit": "fact",
    "minimum_n": 6,
}


def recalled(by_fact: list[float], passed: dict[int, bool], cell: str = "mdm") -> pd.DataFrame:
    """Six facts that are answered first in such a share of their ten questions, in every run alike."""
    right = np.arange(10) < 10 * np.array(by_fact)[:, None]
    asked = answers(passed, np.where(right, 1.0, 3.0)[None, None, :, None, :], templates=10)
    return recall.estimate([cell_of("answers", asked, passed, name=cell)], INFERENCE)


def of_facts(path: Path, *tables: pd.DataFrame) -> pd.Series:
    return claims.judge(claims.load(path), {("mitigation", "recall"): pd.concat(tables)}, range(3)).iloc[0]


BY_FACT = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


@pytest.mark.parametrize(("threshold", "expected"), [(0.3, "supported"), (0.7, "inconclusive"), (0.99, "contradicted")])
def test_a_claim_over_facts_has_a_fact_for_its_unit(ledger, fits, threshold, expected):
    """Three runs would not do for seeds, and one run of three that failed is left out; two would void it."""
    table = recalled(BY_FACT, {0: True, 1: True, 2: True})
    row = of_facts(ledger(**OF_FACTS, threshold=threshold), table)
    low, high = intervals.interval(np.array(BY_FACT)[:, None], 0.95)
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx([0.75, low[0], high[0]])
    assert row["p_value"] == pytest.approx(mean_of_zero(np.array(BY_FACT) - threshold, "greater"))
    assert (row["verdict"], row["unit"], row["facts"], row["runs"], row["excluded"]) == (expected, "fact", 6, 3, 0)
    assert "n = 6 facts" in row["why"]
    fits(row.to_frame().T.astype({"runs": int, "facts": int, "excluded": int, "family_size": int}), "claims")


def test_a_claim_of_some_facts_is_told_of_these_alone(ledger):
    """Of those of two tokens, half of them; the table has an estimate of all."""
    right = np.arange(10) < 10 * np.array(BY_FACT)[:, None]
    asked = answers([0], np.where(right, 1.0, 3.0)[None, None, :, None, :], templates=10)
    asked["tokens"] = 1 + asked["fact"] % 2
    table = recall.estimate([cell_of("answers", asked, {0: True})], INFERENCE)
    where = {**OF_FACTS["where"], "tokens": {"minimum": 1.5}}
    row = of_facts(ledger(**{**OF_FACTS, "where": where, "minimum_n": 3}, threshold=0.3), table)
    some = np.array(BY_FACT[1::2])
    assert (row["facts"], row["runs"]) == (3, 1)
    assert row["estimate"] == pytest.approx(some.mean())
    assert row["low"] == pytest.approx(intervals.interval(some[:, None], 0.95)[0][0])


def test_the_same_claim_over_seeds_is_told_the_seeds_interval(ledger):
    row = of_facts(
        ledger(**{**OF_FACTS, "unit": "seed", "minimum_n": 3}, threshold=0.3),
        recalled(BY_FACT, dict.fromkeys(range(3), True)),
    )
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx([0.75] * 3)
    assert (row["unit"], row["runs"]) == ("seed", 3)
    assert pd.isna(row["facts"])


@pytest.mark.parametrize(
    ("passed", "minimum", "reason"),
    [
        ([True, False, False, True, True], 6, "did not learn: 2 of 5 runs failed the gate"),
        ([False], 6, "did not learn: 1 of 1 runs failed the gate"),
        ([True], 7, "too few facts: 6, and the claim asks for 7"),
    ],
)
def test_a_claim_over_facts_counts_runs_that_failed(ledger, passed, minimum, reason):
    path = ledger(**{**OF_FACTS, "minimum_n": minimum}, threshold=0.3)
    row = of_facts(path, recalled(BY_FACT, dict(enumerate(passed))))
    assert row["verdict"] == "inconclusive"
    assert row["why"].startswith(reason)


def test_a_contrast_over_facts_pairs_them(ledger):
    """Each fact is answered better by .2 in one cell than in the other, give or take a tenth."""
    less = [value - step for value, step in zip(BY_FACT, [0.1, 0.3] * 3, strict=True)]
    frames = [recalled(values, {0: True}, cell) for cell, values in (("mdm", BY_FACT), ("arm", less))]
    compared = {"as": "difference", "where": {"cell": "arm"}}
    row = of_facts(ledger(**OF_FACTS, compared=compared, threshold=0), *frames)
    assert (row["estimate"], row["facts"]) == (pytest.approx(0.2), 6)
    assert row["p_value"] == pytest.approx(mean_of_zero(np.array([0.1, 0.3] * 3), "greater"))


def test_a_statistic_that_tells_of_no_fact_cannot_be_claimed_over_facts(ledger):
    with pytest.raises(
        ReversalError, match=r"unit: 'fact' does not fit; the statistic 'accuracy' tells of no single one"
    ):
        claims.load(ledger(unit="fact"))


def test_experiments_that_the_study_does_not_run_are_left_out(ledger, fits):
    found = claims.judge(claims.load(ledger()), {("dose", "dose"): pd.DataFrame()}, [0])
    fits(found, "claims")
    assert not len(found)


def test_claims_are_corrected_within_their_family(ledger):
    path = ledger()
    content = yaml.safe_load(path.read_text())
    first = content["claims"][0]
    content["claims"] += [{**first, "id": "again"}, {**first, "id": "apart", "family": "two"}]
    path.write_text(yaml.safe_dump(content))
    found = claims.judge(claims.load(path), {("mitigation", "accuracy"): accuracies("mdm", HIGH)}, [0]).set_index(
        "claim"
    )
    assert found["family_size"].to_dict() == {"it_reverses": 2, "again": 2, "apart": 1}
    assert found["p_adjusted"]["again"] == pytest.approx(2 / 1024)
    assert found["p_adjusted"]["apart"] == pytest.approx(1 / 1024)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tset": "page"}, "tset: no such key"),
        ({"test": "t"}, "test: 't' does not fit; one of: sign_flip"),
        ({"statistic": "acuracy"}, "statistic: 'acuracy' does not fit"),
        ({"where": {"cel": "mdm"}}, "where: 'cel' does not fit; one of: level"),
        ({"where": {"measure": "acc"}}, "where.measure: 'acc' does not fit"),
        ({"alternative": "rising"}, "alternative: 'rising' does not fit; one of: greater, less"),
        ({"test": "superiority", "alternative": None}, "margin: missing; the test 'superiority' needs it"),
        ({"margin": -1}, "margin: -1 is out of range"),
        ({"estimand": None}, "estimand: missing"),
    ],
)
def test_a_wrong_ledger_is_refused_in_one_line(ledger, changes, message):
    with pytest.raises(ReversalError) as refused:
        claims.load(ledger(**changes))
    assert message in str(refused.value)
    assert str(refused.value).startswith("claims.yaml.claims.0")
    assert "\n" not in str(refused.value)


def test_a_missing_ledger_and_one_that_is_no_yaml(tmp_path):
    with pytest.raises(ReversalError, match="cannot be read"):
        claims.load(tmp_path / "claims.yaml")
    (tmp_path / "claims.yaml").write_text("claims: [")
    with pytest.raises(ReversalError, match="no YAML") as refused:
        claims.load(tmp_path / "claims.yaml")
    assert "\n" not in str(refused.value)


def test_the_ledger_s_digest_is_that_of_the_file(tmp_path):
    copy = shutil.copy(LEDGER, tmp_path / "claims.yaml")
    assert claims.load(copy).digest == hashlib.sha256(LEDGER.read_bytes()).hexdigest()


@pytest.fixture
def second(tmp_path, ledger):
    """A second file of the ledger, with one claim of its own and changes to what it says of all."""

    def write(claim: str = "another", **changes) -> Path:
        content = yaml.safe_load(ledger(id=claim).read_text()) | changes
        path = tmp_path / "spans.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return write


def test_a_study_adds_a_file_of_claims_of_its_own(ledger, second):
    added, first = second(), ledger()
    both = claims.load(first, added)
    assert [claim["id"] for claim in both.claims] == ["it_reverses", "another"]
    assert both.digest == hashlib.sha256(first.read_bytes() + added.read_bytes()).hexdigest()
    found = claims.judge(both, {("mitigation", "accuracy"): accuracies("mdm", HIGH)}, range(10)).set_index("claim")
    assert (found["family_size"] == 2).all()
    assert (found["ledger"] == both.digest).all()
    assert found["p_adjusted"]["another"] == pytest.approx(2 / 1024)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alpha": 0.1}, "spans.yaml.alpha: 0.1 contradicts claims.yaml, which says 0.05; agree on one"),
        ({"excluded_share": 0}, "spans.yaml.excluded_share: 0 contradicts claims.yaml"),
        ({"claim": "it_reverses"}, "spans.yaml.claims.0 (it_reverses).id: 'it_reverses' is there twice; rename one"),
        ({"claims": []}, "spans.yaml.claims: [] is too short"),
    ],
)
def test_files_of_one_ledger_agree(ledger, second, changes, message):
    added, first = second(**changes), ledger()
    with pytest.raises(ReversalError) as refused:
        claims.load(first, added)
    assert str(refused.value).startswith(message)


def test_a_study_may_have_no_ledger(fits):
    found = claims.judge(claims.load(), {("mitigation", "accuracy"): accuracies("mdm", HIGH)}, range(10))
    fits(found, "claims")
    assert not len(found)


def test_a_claim_of_an_experiment_that_the_config_has_not_is_refused(ledger):
    known = ["mitigation", "dose"]
    claims.refuse_unknown(claims.load(ledger()), known)
    with pytest.raises(ReversalError) as refused:
        claims.refuse_unknown(claims.load(ledger(experiment="mitigatoin")), known)
    assert str(refused.value) == (
        "claims.yaml.claims.0 (it_reverses).experiment: 'mitigatoin' is none of the config's (did you mean mitigation?); "
        "one of: mitigation, dose; or leave the file out of the config's claims"
    )


def test_our_ledger_names_cells_and_experiments_of_the_default_study():
    """A typing mistake in a cell's name would leave a claim without rows, inconclusive for ever."""
    config = yaml.safe_load((LEDGER.parents[1] / "config.yaml").read_text())
    for claim in claims.load(LEDGER).claims:
        experiment = config["experiments"][claim["experiment"]]
        assert claim["statistic"] in experiment["statistics"], claim["id"]
        for picks in (claim["where"], claim.get("compared", {}).get("where", {})):
            named = picks.get("cell", [])
            over = {"over cells", "over MDM cells"} if claim["statistic"] == "mediation" else set()
            known = over | set(experiment["cells"])
            assert set([named] if isinstance(named, str) else named) <= known, claim["id"]


def by_name() -> dict:
    return {claim["id"]: claim for claim in claims.load(LEDGER).claims}


def test_mediation_leaves_out_the_cells_that_our_ledger_would_void():
    assert claims.load(LEDGER).excluded_share == mediation.FAILED


def test_our_ledger_states_the_sizes_of_its_families():
    text = LEDGER.read_text(encoding="utf-8")
    for family, size in Counter(claim["family"] for claim in claims.load(LEDGER).claims).items():
        assert f"{family} {size}" in text, family


def test_our_ledger_names_every_margin_above_chance_in_words():
    for claim in claims.load(LEDGER).claims:
        if claim["test"] in ("superiority", "non_superiority"):
            assert f"{claim['margin']:g}".removeprefix("0") in claim["statement"], claim["id"]
        if claim["test"] == "non_superiority":
            assert "by the margin of" in claim["statement"], claim["id"]


def test_no_claim_of_the_dose_rests_on_theta_of_nothing():
    for claim in claims.load(LEDGER).claims:
        if claim["family"] == "dose":
            picks = [claim["where"]["cell"], claim.get("compared", {}).get("where", {}).get("cell", [])]
            assert not {"dose_0", "source_dose_0"} & set(np.hstack(picks)), claim["id"]


def sources(nll: dict[str, float]) -> pd.DataFrame:
    """Source NLL of ten seeds of two doses, a tenth of it up and down."""
    keys = pd.DataFrame({"role": ["dose"], "distance": [2], "measure": ["source_nll"], "expected": [0.0]})
    wobble = np.linspace(0.9, 1.1, 10)
    parts = [
        keys.loc[[0] * 10].assign(level="run", series="MDM", cell=cell, seed=range(10), passed=True, value=p * wobble)
        for cell, p in nll.items()
    ]
    return levels.columns_of("dose", pd.concat(parts, ignore_index=True))


@pytest.mark.parametrize(("nll", "expected"), [(0.0041, "supported"), (0.008, "contradicted"), (0.002, "contradicted")])
def test_the_source_loss_can_follow_the_dose_though_it_is_small(tmp_path, nll, expected):
    """All these losses are within .05 nats, and a tenth of them, of one another."""
    claim = by_name()["source_nll_ignores_dose"]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"alpha": 0.05, "excluded_share": 0.2, "claims": [claim]}))
    table = sources({"dose_1": 0.004, "dose_4": nll})
    row = claims.judge(claims.load(path), {("dose", "dose"): table}, [0]).iloc[0]
    assert (row["verdict"], row["estimate"]) == (expected, pytest.approx(nll / 0.004))


def test_the_angles_of_the_other_distance_are_ordered_by_r_and_not_by_size():
    claim = by_name()["other_distance_follows_dose"]
    config = yaml.safe_load((LEDGER.parents[1] / "config.yaml").read_text())
    first, second = (
        config["cells"][cell]["model"]["position"]["angle"]
        for cell in (claim["where"]["cell"], claim["compared"]["where"]["cell"])
    )
    apart = 2 + claim["where"]["distance"]
    assert first > second
    assert np.cos(apart * first) > np.cos(apart * second) + 0.9


def test_fitting_has_checkpoints_after_the_warm_up_and_before_the_loss_is_gone():
    config = yaml.safe_load((LEDGER.parents[1] / "config.yaml").read_text())
    optimisation = config["settings"]["reference"]["optimisation"]
    first, count, last = *config["checkpoints"].values(), optimisation["steps"]
    steps = np.geomspace(first, last, count).round()
    fitting, after = (by_name()[name]["where"]["step"] for name in ("gradients_align", "alignment_gone_after_fitting"))
    inside = steps[(steps >= fitting["minimum"]) & (steps <= fitting["maximum"])]
    assert len(inside) == 3
    assert inside.min() > optimisation["warmup"] * last
    assert (steps >= after["minimum"]).sum() == 2
    assert after["minimum"] > fitting["maximum"]


def test_seeds_are_told_as_spans():
    assert claims._spans([1000, 1001, 1002, 7, 9]) == "7, 9, 1000–1002"


def test_verdicts_do_not_change_through_the_file(ledger, fits, tmp_path):
    """From a table that was written and read, labels are categories and empty columns have other types."""
    frame = pd.concat([accuracies("mdm", HIGH), accuracies("mlm", LOW)])
    tables.write(tmp_path / "accuracy.parquet", "accuracy", frame)
    read = tables.read(tmp_path / "accuracy.parquet", "accuracy").to_pandas()
    direct, through = verdict(ledger(), frame), verdict(ledger(), read)
    pd.testing.assert_series_equal(direct, through)
    fits(through.to_frame().T.astype({"runs": int, "excluded": int, "family_size": int}), "claims")


def losses(values: list[float]) -> pd.DataFrame:
    """Candidate NLL of the seeds of one cell, with chance ln 100."""
    return accuracies("mdm", values).assign(measure="candidate_nll", chance=np.log(100))


@pytest.mark.parametrize(
    ("test", "values", "expected"),
    [
        ("non_superiority", [np.log(100) + 0.3] * 5 + [np.log(100)] * 5, "supported"),
        ("non_superiority", [np.log(100) - 0.05] * 5 + [np.log(100) - 0.01] * 5, "supported"),
        ("non_superiority", [0.5, 0.6] * 5, "contradicted"),
        ("non_superiority", [np.log(100) - 0.1] * 5 + [np.log(100) - 0.3] * 5, "inconclusive"),
        ("superiority", [0.5, 0.6] * 5, "supported"),
        ("superiority", [np.log(100)] * 10, "contradicted"),
    ],
)
def test_a_loss_is_better_than_guessing_when_it_is_lower(ledger, test, values, expected):
    where = {"cell": "mdm", "query": "reverse", "measure": "candidate_nll", "last": True}
    path = ledger(test=test, where=where, margin=0.2, alternative=None)
    row = verdict(path, losses(values))
    assert row["verdict"] == expected
    assert row["threshold"] == pytest.approx(np.log(100) - 0.2)


def test_intervals_end_where_their_measure_does():
    """Nine right answers of ten in one seed and all in the others: Student's interval alone would go beyond one."""
    cell = accuracies("mdm", [1.0] * 9 + [0.9]).query("level == 'cell' and gated").iloc[0]
    assert cell["low"] < 0.99
    assert cell["high"] == 1


def test_a_seed_that_did_not_learn_in_one_cell_is_no_seed_of_the_contrast(ledger):
    """Seed 0 is out in the one, seed 1 in the other: eight are left, and the cell that lost most lost one of ten."""
    path = ledger(compared={"as": "difference", "where": {"cell": "mlm"}}, threshold=0)
    without = [{seed for seed in range(10) if seed != out} for out in (0, 1)]
    row = verdict(path, accuracies("mdm", HIGH, passed=without[0]), accuracies("mlm", LOW, passed=without[1]))
    assert (row["verdict"], row["runs"], row["excluded"]) == ("supported", 8, 1)


def test_cells_that_are_the_same_model_differ_by_construction_in_nothing(ledger):
    path = ledger(compared={"as": "difference", "where": {"cell": "mlm"}}, threshold=0)
    row = verdict(path, accuracies("mdm", HIGH), accuracies("mlm", HIGH))
    assert row["why"].startswith("identical by construction: no run differs from 0")


def test_a_measure_without_chance_is_not_held_against_it(ledger):
    path = ledger(test="superiority", margin=0.05, alternative=None)
    row = verdict(path, accuracies("mdm", HIGH).assign(chance=np.nan))
    assert row["why"].startswith("not estimable: the measure has no chance level")


def test_a_ratio_to_nothing_is_not_estimable(ledger):
    path = ledger(compared={"as": "ratio", "where": {"query": "source"}}, threshold=1)
    frames = accuracies("mdm", HIGH), accuracies("mdm", [0.0, *HIGH[1:]], query="source")
    assert verdict(path, *frames)["why"].startswith("not estimable: a run has no value")


def test_one_r_of_one_among_estimates_is_told_and_pooled_with_nothing():
    """Nine seeds of r = .5, one of r = 1 by construction: no mean, and no interval."""
    z = np.array([np.inf, *[np.arctanh(0.5)] * 9])[:, None]
    found = levels.summary(
        levels.Quantities(pd.DataFrame({"measure": ["pearson"]}), z, fisher=np.array([True])), INFERENCE
    )
    assert found[["value", "low", "high"]].isna().all(axis=None)
