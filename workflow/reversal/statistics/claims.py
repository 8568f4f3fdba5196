"""The claims ledger: each claim of its files (workflow/claims.yaml) judged by the table, the rows and the test that it names.

Judging goes seed by seed: rows of level run whose run passed the gate. Where a claim says `unit: fact`, for a few runs or for
one published checkpoint, it goes fact by fact: rows of level fact, means over the runs that passed. It is then of these
models and of further facts, not of models that others would train; runs that failed the gate void it as they void any other.

A claim is *supported* when its test rejects the opposite at `alpha`, *contradicted* when the opposite test rejects the claim
at `alpha` (never because evidence is lacking), else *inconclusive*, with the reason. Both p are Holm's within its family.

A claim of a correlation of scores itself is tested in Fisher's z, threshold and margin too: what tables tell of r over seeds is
tanh of the mean of z, and the test is of the same mean. A claim that compares two of them says "r …, MDM minus target-only",
and is of that difference, in r. Ranks over cells (`mediation`) and along doses are pooled, and tested, as they are.
"""

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from reversal import registry, tables, validation, yaml_text
from reversal.errors import ReversalError
from reversal.ledger import digest
from reversal.statistics import intervals, levels, measures, pooling, tests
from reversal.statistics.trends import rank_slopes

SCHEMA = Path(__file__).parent.parent.parent / "schemas" / "claims.schema.yaml"
CORRELATIONS = {
    "correlation": ("pearson", "spearman", "increment"),
    "head_correlation": ("r", "wrong_r"),
    **dict.fromkeys(("dose", "sweep", "mediation"), ("r_initial", "r_trained")),
}
"""Statistic → measures that it pools in Fisher's z."""


class Unit(NamedTuple):
    """What a claim is inferred over."""

    level: str
    """Level of its rows; the column that numbers it is its name in `UNITS`."""
    over: str
    """What a cell's row with that interval is over, where a table has several."""


UNITS = {"seed": Unit("run", "seeds"), "fact": Unit("fact", "facts")}


@dataclass(frozen=True)
class Ledger:
    """The ledger as it was when it was read."""

    claims: tuple[Mapping[str, Any], ...]
    alpha: float
    excluded_share: float
    digest: str
    """SHA-256 of the file; of several, of one after the other."""
    places: Mapping[str, str]
    """Claim → where it stands, as messages name it."""


class Sample(NamedTuple):
    """What a claim is judged on."""

    values: np.ndarray
    """(S,) one a seed or fact, or (S, D) for a trend over D doses in ascending order."""
    doses: np.ndarray
    """(D,) levels of `along`; empty but for trends."""
    chance: float
    runs: int
    """Runs that the values are of."""
    excluded: int
    total: int
    """Runs of the cell that lost the largest share."""
    told: tuple[float, float, float] | None
    """Value, low and high as the table has them, where one row of a cell is what is claimed of."""


class Finding(NamedTuple):
    """What a test says of a sample; p_for rejects the opposite of the claim, p_against the claim."""

    estimate: float
    low: float
    high: float
    threshold: float
    p_for: float
    p_against: float


def load(*files: str | Path) -> Ledger:
    """The ledger from its files, the claims of one after those of the other.

    Raises:
        ReversalError: a file is not there, is no YAML, does not fit the schema and the data dictionary, or the others.
    """
    read = [_read(file) for file in files]
    shared = {key: _agreed(key, files, read) for key in ("alpha", "excluded_share")}
    places: dict[str, str] = {}
    for file, content in zip(files, read, strict=True):
        for number, claim in enumerate(content["claims"]):
            where = f"{Path(file).name}.claims.{number} ({claim['id']})"
            if claim["id"] in places:
                raise ReversalError(f"{where}.id: {claim['id']!r} is there twice; rename one of them")
            places[claim["id"]] = where
            _check(claim, where)
    claims = tuple(claim for content in read for claim in content["claims"])
    return Ledger(claims=claims, **shared, digest=digest(files), places=places)


def _agreed(key: str, files: Sequence[str | Path], read: Sequence[Mapping[str, Any]]) -> float:
    """What every file says of a setting of the whole ledger; not a number where there is no file."""
    for file, content in zip(files, read, strict=True):
        if content[key] != read[0][key]:
            said = f"contradicts {Path(files[0]).name}, which says {read[0][key]}; agree on one"
            raise ReversalError(f"{Path(file).name}.{key}: {content[key]} {said}")
    return read[0][key] if read else np.nan


def _read(file: str | Path) -> dict[str, Any]:
    """One file of the ledger, held to the schema."""
    try:
        content = yaml_text.load(Path(file).read_bytes())
    except OSError as error:
        raise ReversalError(f"{file}: the ledger cannot be read ({error.strerror}); restore it") from None
    except yaml.YAMLError as error:
        raise ReversalError(f"{file}: the ledger is no YAML ({' '.join(str(error).split())}); mend it") from None
    validation.check(yaml_text.load(SCHEMA.read_text(encoding="utf-8")), content, Path(file).name)
    return content


def refuse_unknown(ledger: Ledger, experiments: Collection[str]) -> None:
    """Refuse claims of experiments that the config has not: they would never be judged, without a word."""
    for claim in ledger.claims:
        if claim["experiment"] not in experiments:
            near = validation.nearest(claim["experiment"], experiments)
            raise ReversalError(
                f"{ledger.places[claim['id']]}.experiment: {claim['experiment']!r} is none of the config's{near}; "
                f"one of: {', '.join(experiments)}; or leave the file out of the config's claims"
            )


def _check(claim: Mapping[str, Any], where: str) -> None:
    """Refuse what the schema cannot see: names that neither the code nor the dictionary knows."""
    _one_of(claim["statistic"], registry.names("statistics.estimates"), f"{where}.statistic")
    _one_of(claim["test"], KINDS, f"{where}.test")
    for needed in KINDS[claim["test"]].needs:
        if needed not in claim:
            raise ReversalError(f"{where}.{needed}: missing; the test '{claim['test']}' needs it")
    if "alternative" in claim:
        _one_of(claim["alternative"], KINDS[claim["test"]].alternatives, f"{where}.alternative")
    if _in_z(claim) and abs(claim["threshold"]) + claim.get("margin", 0) >= 1:
        raise ReversalError(f"{where}.threshold: {claim['threshold']} does not fit; with its margin it lies within ±1")
    columns = tables.entry(claim["statistic"])["columns"]
    if UNITS[_unit(claim)].level not in columns["level"]["values"]:
        raise ReversalError(
            f"{where}.unit: '{claim['unit']}' does not fit; the statistic '{claim['statistic']}' tells of no single one"
        )
    if "along" in claim:
        _one_of(claim["along"], columns, f"{where}.along")
    for picks in (claim["where"], claim.get("compared", {}).get("where", {})):
        for column, pick in picks.items():
            _one_of(column, columns, f"{where}.where")
            if "values" in columns[column]:
                for label in pick if isinstance(pick, list) else [pick]:
                    _one_of(label, columns[column]["values"], f"{where}.where.{column}")


def _unit(claim: Mapping[str, Any]) -> str:
    return claim.get("unit", "seed")


def _one_of(value: Any, known: Any, where: str) -> None:
    if value not in known:
        raise ReversalError(f"{where}: {value!r} does not fit; one of: {', '.join(map(str, known)) or 'none'}")


def judge(ledger: Ledger, estimated: Mapping[tuple[str, str], pd.DataFrame], seeds: Sequence[int]) -> pd.DataFrame:
    """The table `claims`; claims of experiments that the study does not run are left out.

    Args:
        ledger: the claims.
        estimated: (experiment, statistic) → its table.
        seeds: master seeds of the study.
    """
    run = {experiment for experiment, _ in estimated}
    kept = [claim for claim in ledger.claims if claim["experiment"] in run]
    judged = [_judge(claim, estimated, ledger) for claim in kept]
    rows = pd.DataFrame(judged)
    if not len(rows):
        return levels.columns_of("claims", rows)
    families = rows.groupby("family")
    rows["family_size"] = families["claim"].transform("size")
    rows["p_adjusted"] = families["p_value"].transform(lambda p: tests.holm(p.to_numpy()))
    against = families["p_against"].transform(lambda p: tests.holm(p.to_numpy()))
    for index, row in rows.iterrows():
        verdict, why = _verdict(row, against[index], ledger.alpha)
        rows.loc[index, ["verdict", "why"]] = verdict, why
    return levels.columns_of("claims", rows.assign(seeds=_spans(seeds), ledger=ledger.digest))


def _judge(
    claim: Mapping[str, Any], estimated: Mapping[tuple[str, str], pd.DataFrame], ledger: Ledger
) -> dict[str, Any]:
    """One claim's row but for what depends on its family; `void` says why nothing can be concluded."""
    words = ("paper", "statement", "experiment", "statistic", "estimand", "test", "family")
    row = {"claim": claim["id"], "unit": _unit(claim), **{word: claim[word] for word in words}}
    row["margin"] = claim["margin"] if claim["test"] == "equivalence" else np.nan
    rows = estimated.get((claim["experiment"], claim["statistic"]))
    if rows is None:
        void = f"the study has no statistic '{claim['statistic']}' for {claim['experiment']}"
        return {**row, **_nothing(), "runs": 0, "facts": _facts(claim, 0), "excluded": 0, "void": void}
    sample = _sample(claim, rows)
    void = _void(claim, sample, ledger)
    counted = {
        "runs": sample.runs,
        "facts": _facts(claim, len(sample.values)),
        "excluded": sample.excluded,
        "void": void,
    }
    if not len(sample.values):
        return {**row, **_nothing(), **counted}
    found = _tested(claim, sample, ledger.alpha)
    if void:
        found = found._replace(p_for=np.nan, p_against=np.nan)
    numbers = found._asdict()
    return {**row, **numbers, "p_value": numbers.pop("p_for"), **counted}


def _facts(claim: Mapping[str, Any], values: int) -> int | None:
    """Facts that a claim rests on, if it is one over facts."""
    return values if _unit(claim) == "fact" else None


def _nothing() -> dict[str, float]:
    return dict.fromkeys(("estimate", "low", "high", "threshold", "p_value", "p_against"), np.nan)


def _void(claim: Mapping[str, Any], sample: Sample, ledger: Ledger) -> str:
    """Why nothing can be concluded from a sample, or nothing."""
    if not sample.total:
        return "not estimable: no rows of this study are picked"
    if sample.excluded > ledger.excluded_share * sample.total:
        return f"did not learn: {sample.excluded} of {sample.total} runs failed the gate"
    unit = _unit(claim)
    if len(sample.values) < claim["minimum_n"]:
        return f"too few {UNITS[unit].over}: {len(sample.values)}, and the claim asks for {claim['minimum_n']}"
    if not np.isfinite(sample.values).all():
        return f"not estimable: a {UNITS[unit].level} has no value"
    if claim["test"] == "page" and sample.values.shape[1] < 3:
        return f"not estimable: {sample.values.shape[1]} doses, and a trend needs three"
    if claim["test"] in ("superiority", "non_superiority") and not np.isfinite(sample.chance):
        return "not estimable: the measure has no chance level"
    if claim["test"] == "sign_flip" and (np.abs(sample.values - claim["threshold"]) < tests.SMALLEST).all():
        return f"identical by construction: no {UNITS[unit].level} differs from {_digits(claim['threshold'])}"
    ones = np.abs(sample.values) >= pooling.IDENTICAL
    if _of_correlations(claim) and ones.all():
        return "identical by construction: r = ±1 in every run"
    if _in_z(claim) and ones.any():
        return f"not estimable: r = ±1 by construction in {ones.sum()} of {ones.size} runs"
    return ""


def _verdict(row: pd.Series, against: float, alpha: float) -> tuple[str, str]:
    numbers = f"estimate {_digits(row['estimate'])}"
    if not np.isnan(row["low"]):
        numbers += f" [{_digits(row['low'])}, {_digits(row['high'])}]"
    count = f"{row['facts']:.0f} facts" if row["unit"] == "fact" else row["runs"]
    numbers += f" against {_digits(row['threshold'])}, n = {count}"
    if row["void"]:
        return "inconclusive", row["void"] + (f" ({numbers})" if not np.isnan(row["estimate"]) else "")
    numbers += (
        f", p = {_digits(row['p_adjusted'])} for and {_digits(against)} against, after Holm over {row['family_size']}"
    )
    if row["p_adjusted"] <= alpha:
        return "supported", numbers
    if against <= alpha:
        return "contradicted", numbers
    return "inconclusive", f"the data leave both open: {numbers}"


def _digits(number: float) -> str:
    return f"{number:.3g}"


# What a claim is judged on


def _sample(claim: Mapping[str, Any], rows: pd.DataFrame) -> Sample:
    """The values of the seeds, or of the facts, that passed the gate in every cell that the claim picks."""
    first = _picked(rows, claim["where"])
    picks = [first]
    if "compared" in claim:
        picks.append(_picked(rows, {**claim["where"], **claim["compared"]["where"]}))
    runs = [picked[picked["level"] == "run"] for picked in picks]
    excluded, total = _excluded(runs)
    learnt = [picked[picked["passed"].astype(bool)] for picked in runs]
    unit = _unit(claim)
    units = learnt if unit == "seed" else [picked[picked["level"] == UNITS[unit].level] for picked in picks]
    doses = np.array([])
    if any(not len(picked) for picked in (*runs, *units)):
        return Sample(np.array([]), doses, np.nan, 0, excluded, total if all(map(len, runs)) else 0, None)
    if "along" in claim:
        wide = units[0].pivot_table(index=unit, columns=claim["along"], values="value", aggfunc="mean").dropna()
        values, doses = wide.to_numpy(dtype=np.float64), wide.columns.to_numpy(dtype=np.float64)
    else:
        values = _contrast(claim, [picked.groupby(unit)["value"].mean() for picked in units])
    count = len(values) if unit == "seed" else min(picked["seed"].nunique() for picked in learnt)
    chance = first["chance"].iloc[0] if "chance" in first else np.nan
    told = _told(first, unit, len(values)) if len(picks) == 1 and "along" not in claim else None
    return Sample(values, doses, chance, count, excluded, total, told)


def _picked(rows: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a table that a claim's `where` picks."""
    kept = pd.Series(True, index=rows.index)
    for column, pick in where.items():
        values = rows[column]
        if pick is None:
            kept &= values.isna()
        elif isinstance(pick, Mapping):
            kept &= values.between(pick.get("minimum", -np.inf), pick.get("maximum", np.inf)).fillna(False).astype(bool)
        else:
            kept &= values.isin(pick if isinstance(pick, list) else [pick])
    return rows[kept]


def _excluded(picks: Sequence[pd.DataFrame]) -> tuple[int, int]:
    """Runs that failed the gate, of how many, in the cell that lost the largest share."""
    runs = pd.concat(picks)[["cell", "seed", "passed"]].drop_duplicates()
    if not len(runs):
        return 0, 0
    by_cell = runs.groupby("cell", observed=True)["passed"].agg(lambda passed: int((~passed.astype(bool)).sum()))
    sizes = runs.groupby("cell", observed=True)["seed"].size()
    worst = (by_cell / sizes).idxmax()
    return int(by_cell[worst]), int(sizes[worst])


def _contrast(claim: Mapping[str, Any], by_unit: Sequence[pd.Series]) -> np.ndarray:
    if len(by_unit) == 1:
        return by_unit[0].to_numpy(dtype=np.float64)
    first, second = by_unit[0].align(by_unit[1], join="inner")
    contrast = first - second if claim["compared"]["as"] == "difference" else first / second
    return contrast.to_numpy(dtype=np.float64)


def _told(picked: pd.DataFrame, unit: str, count: int) -> tuple[float, float, float] | None:
    """What the table says of the one row of a cell that is picked; of facts, where all that it is made of are picked too."""
    of_cell = picked[picked["level"] == "cell"]
    if "over" in of_cell:
        of_cell = of_cell[of_cell["over"] == UNITS[unit].over]
    if unit == "fact":
        of_cell = of_cell[of_cell["facts"] == count]
    if "gated" in of_cell:
        of_cell = of_cell[of_cell["gated"].fillna(False).astype(bool)]
    if len(of_cell) != 1:
        return None
    return tuple(float(of_cell[column].iloc[0]) for column in ("value", "low", "high"))


# How it is judged: kinds of test


def _of_correlations(claim: Mapping[str, Any]) -> bool:
    """Is the claim of correlations themselves, and of no contrast of them?"""
    return "compared" not in claim and claim["where"].get("measure") in CORRELATIONS.get(claim["statistic"], ())


def _in_z(claim: Mapping[str, Any]) -> bool:
    """Is the claim that a mean of correlations is on one side of a threshold, or near it?"""
    return _of_correlations(claim) and "threshold" in KINDS[claim["test"]].needs


def _tested(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """What the claim's test finds; of a mean of correlations it is made in z, and told in r."""
    test = KINDS[claim["test"]].test
    if not _in_z(claim):
        return test(claim, sample, alpha)
    centre, margin = claim["threshold"], claim.get("margin", 0)
    least, most = pooling.fisher_z(np.array([centre - margin, centre + margin]))
    bent = {**claim, "threshold": (least + most) / 2, "margin": (most - least) / 2}
    found = test(bent, sample._replace(values=pooling.fisher_z(sample.values), told=None), alpha)
    estimate, low, high = sample.told or map(float, pooling.correlation(np.array(found[:3])))
    return found._replace(estimate=estimate, low=low, high=high, threshold=centre)


def _estimated(sample: Sample, alpha: float) -> tuple[float, float, float]:
    """Value, low and high: the table's own, else the mean over seeds and its interval; no numbers where no seed has one."""
    if sample.told is not None:
        return sample.told
    if not len(sample.values):
        return np.nan, np.nan, np.nan
    low, high = intervals.interval(sample.values[:, None], 1 - alpha)
    return float(sample.values.mean()), float(low[0]), float(high[0])


def _sign_flip(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """The mean is greater (less) than the threshold; against: less (greater)."""
    over = sample.values - claim["threshold"]
    greater, less = tests.mean(over, "greater"), tests.mean(over, "less")
    p_for, p_against = (greater, less) if claim["alternative"] == "greater" else (less, greater)
    return Finding(*_estimated(sample, alpha), claim["threshold"], p_for, p_against)


def _superiority(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """Better than chance by more than the margin; against: not better than that bound."""
    better, bound = _better(claim, sample)
    p_for = tests.superiority(better(sample.values), better(bound))
    p_against = tests.non_superiority(better(sample.values), better(bound))
    return Finding(*_estimated(sample, alpha), bound, p_for, p_against)


def _non_superiority(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """Not better than chance by the margin; against: better than chance by more than the margin."""
    found = _superiority(claim, sample, alpha)
    return found._replace(p_for=found.p_against, p_against=found.p_for)


def _better(claim: Mapping[str, Any], sample: Sample) -> tuple[Callable[[Any], Any], float]:
    """What makes more of a measure better (the sign of a loss turned round), and the bound: chance and the margin."""
    if measures.lower_is_better(str(claim["where"].get("measure", ""))):
        return operator.neg, sample.chance - claim["margin"]
    return operator.pos, sample.chance + claim["margin"]


def _equivalence(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """Within the margin of the threshold; against: beyond it on either side."""
    centre, margin = claim["threshold"], claim["margin"]
    beyond = (
        tests.mean(sample.values - centre - margin, "greater"),
        tests.mean(sample.values - centre + margin, "less"),
    )
    p_against = min(1.0, 2 * min(beyond))
    return Finding(*_estimated(sample, alpha), centre, tests.equivalence(sample.values, margin, centre), p_against)


def _page(claim: Mapping[str, Any], sample: Sample, alpha: float) -> Finding:
    """The outcome rises (falls) along the doses; against: falls (rises). The estimate is the mean slope of ranks."""
    slopes = rank_slopes(sample.values, sample.doses)
    told = sample._replace(values=slopes[np.isfinite(slopes)], told=None)  # a seed of equal outcomes has no slope
    rising, falling = tests.page(sample.values)[1], tests.page(-sample.values)[1]
    p_for, p_against = (rising, falling) if claim["alternative"] == "rising" else (falling, rising)
    return Finding(*_estimated(told, alpha), 0.0, p_for, p_against)


class Kind(NamedTuple):
    """A kind of test: what a claim must say for it."""

    test: Callable[[Mapping[str, Any], Sample, float], Finding]
    needs: tuple[str, ...]
    alternatives: tuple[str, ...] = ()


KINDS = {
    "sign_flip": Kind(_sign_flip, ("alternative", "threshold"), ("greater", "less")),
    "superiority": Kind(_superiority, ("margin",)),
    "non_superiority": Kind(_non_superiority, ("margin",)),
    "equivalence": Kind(_equivalence, ("threshold", "margin")),
    "page": Kind(_page, ("alternative", "along"), ("rising", "falling")),
}


def _spans(seeds: Sequence[int]) -> str:
    """Seeds in words, runs of consecutive ones as first–last."""
    ordered = np.array(sorted(seeds), dtype=int)
    spans = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}–{span[-1]}" for span in spans if len(span))
