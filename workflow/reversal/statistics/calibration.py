"""What the ledger's tests and the tables' intervals hold, by simulation: the table `calibration`.

Data whose truth is known (`scenarios`) go through the very functions that judge the study: `claims.KINDS` for a claim,
`levels.summary` for the interval of a cell. One claim at a time, without Holm's correction. A rate is held against its
nominal value with its Clopper–Pearson interval, at a confidence at which all rows of the table are within theirs at once in
95 % of calibrations:

- nominal: the interval holds the nominal rate;
- conservative: fewer false positives, or more coverage. An exact test at ten seeds has few p to choose from: `attainable` is
  the largest level that it can have at or below the nominal;
- liberal: more false positives, or less coverage. No test and no interval of ours may be that.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from reversal import tables
from reversal.errors import ReversalError
from reversal.randomness import stream
from reversal.statistics import claims, levels, pooling
from reversal.statistics.levels import Quantities
from reversal.statistics.scenarios import COVERED, EFFECT, NULL, SEEDS, Scenario

ALPHA = 0.05
TOGETHER = 0.95
"""Confidence of all Monte Carlo intervals at once."""


def calibrate(simulations: int, output: str | Path) -> None:
    """Write the table `calibration`.

    Args:
        simulations: simulated studies behind each rate.
        output: path of the table.

    Raises:
        ReversalError: fewer simulations than one.
    """
    if simulations < 1:
        raise ReversalError(f"--simulations: {simulations} is out of range; it must be ≥ 1")
    tables.write(output, "calibration", simulate(simulations))


def simulate(
    simulations: int,
    null: Sequence[Scenario] = NULL,
    effect: Sequence[Scenario] = EFFECT,
    covered: Sequence[Scenario] = COVERED,
) -> pd.DataFrame:
    """The table `calibration` of some scenarios."""
    rows = [
        *(row for scenario in null for row in _concluded(scenario, simulations, "null")),
        *(row for scenario in effect for row in _concluded(scenario, simulations, "effect")),
        *(_covered(scenario, simulations) for scenario in covered),
    ]
    made = pd.DataFrame(rows).assign(seeds=SEEDS, simulations=simulations)
    made["rate"] = made["hits"] / simulations
    ends = [_interval(hits, simulations, 1 - (1 - TOGETHER) / len(made)) for hits in made["hits"]]
    made["low"], made["high"] = zip(*ends, strict=True)
    made["verdict"] = [_verdict(row) for _, row in made.iterrows()]
    return levels.columns_of("calibration", made)


def _concluded(scenario: Scenario, simulations: int, truth: str) -> Iterator[dict[str, Any]]:
    """How often each conclusion is drawn: at the edge of the claim both are false; of an effect, the true one."""
    found = np.array([_p(scenario, values) for values in _drawn(scenario, simulations, truth)])
    sides = {"supported": found[:, 0], "contradicted": found[:, 1]}
    for outcome, p in sides.items():
        if truth == "effect" and outcome == "contradicted":
            continue
        held = {"nominal": ALPHA, "attainable": _attainable(scenario, outcome)} if truth == "null" else {}
        about = {"truth": truth, "test": scenario.claim["test"], "data": scenario.data, "outcome": outcome}
        yield {**about, "hits": int((p <= ALPHA).sum()), **held}


def _p(scenario: Scenario, values: np.ndarray) -> tuple[float, float]:
    """P for and against a claim, by the ledger's own functions."""
    doses = np.arange(values.shape[1], dtype=float) if values.ndim == 2 else np.array([])
    sample = claims.Sample(values, doses, scenario.chance, len(values), 0, len(values), None)
    claim = {**scenario.claim, "where": {"measure": scenario.measure}}
    found = claims.KINDS[claim["test"]].test(claim, sample, ALPHA)
    return found.p_for, found.p_against


def _covered(scenario: Scenario, simulations: int) -> dict[str, Any]:
    """How often the interval of a table holds the truth."""
    values = _drawn(scenario, simulations, "covered").T
    keys = pd.DataFrame({"measure": [scenario.measure] * simulations})
    in_z = scenario.measure == "pearson"
    told = levels.summary(Quantities(keys, values, fisher=np.full(simulations, in_z)), {"confidence": 1 - ALPHA})
    mean = pooling.correlation(scenario.mean) if in_z else scenario.mean
    hits = int(((told["low"] <= mean) & (mean <= told["high"])).sum())
    about = {"truth": "covered", "test": "interval", "data": scenario.data, "outcome": "covered"}
    return {**about, "hits": hits, "nominal": 1 - ALPHA}


def _drawn(scenario: Scenario, simulations: int, truth: str) -> np.ndarray:
    return scenario.draw(stream(0, "calibration", truth, scenario.claim.get("test", ""), scenario.data), simulations)


def _interval(hits: int, trials: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's (1934)."""
    found = stats.binomtest(hits, trials).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def _verdict(row: Mapping[str, Any]) -> str:
    if row["truth"] == "effect":
        return "power"
    if row["low"] <= row["nominal"] <= row["high"]:
        return "nominal"
    above = row["rate"] > row["nominal"]
    return "conservative" if above == (row["outcome"] == "covered") else "liberal"


# The largest level at or below alpha that an exact test can have


def _attainable(scenario: Scenario, outcome: str) -> float:
    match scenario.claim["test"], outcome:
        case ("page", _):
            return _of_page(scenario.draw(stream(0, "doses"), 1).shape[-1])
        case ("superiority", "contradicted") | ("non_superiority", "supported"):
            return _largest(np.cumsum(stats.binom.pmf(np.arange(SEEDS + 1), SEEDS, 0.5)))
        case ("equivalence", "contradicted"):
            return _largest(2 * np.arange(1, 2**SEEDS) / 2**SEEDS)  # either side, at half the level
        case _:
            return _largest(np.arange(1, 2**SEEDS) / 2**SEEDS)


def _largest(levels_had: np.ndarray) -> float:
    return float(levels_had[levels_had <= ALPHA].max())


def _of_page(doses: int) -> float:
    """From the distribution of Page's L over all orders of the doses in each of the seeds."""
    ranks = np.arange(1, doses + 1)
    one = np.bincount([int(ranks @ order) for order in itertools.permutations(ranks)])
    every = np.array([1.0])
    for _ in range(SEEDS):
        every = np.convolve(every, one / one.sum())
    return _largest(np.cumsum(every[::-1]))
