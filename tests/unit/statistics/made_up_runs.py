"""Made-up runs whose answers are known, with the columns that the evaluate stage writes."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from reversal import tables
from reversal.statistics.arrays import crossing
from reversal.statistics.runs import CellRuns

INFERENCE = {"confidence": 0.95, "margin": 0.05}
STEPS = (0, 10, 100)
DATA = {
    "text": {"kind": "facts"},
    "pairs": 40,
    "other_pairs": 5,
    "word_size": 1,
    "entity_tokens": 0,
    "relation": "symmetric",
    "direction": "forward",
    "bidirectional_fraction": 0,
    "labels": "kept",
    "layout": {"kind": "with_relation"},
}


def settings(**changes) -> dict:
    base = {
        "data": DATA,
        "model": {"kind": "transformer", "position": {"kind": "rope", "base": 10000, "angle": None}},
        "objective": {"kind": "mdm"},
        "optimisation": {"steps": STEPS[-1]},
        "checkpoints": list(STEPS),
    }
    return {**base, **changes}


def queries(seeds: Iterable[int], asked: dict[tuple[str, str, int, bool], np.ndarray], steps=STEPS) -> pd.DataFrame:
    """Queries with given probabilities: (query, frame, distance, trained) → p (S, T, P); ranks follow p ≥ ½."""
    parts = []
    for (query, frame, distance, trained), probability in asked.items():
        pairs = range(probability.shape[-1])
        rows = crossing(seed=list(seeds), step=list(steps), pair=pairs).assign(
            query=query, frame=frame, distance=distance, own_distance=distance == 2, trained=trained
        )
        p = probability.ravel()
        rank = np.where(p >= 0.5, 1.0, 7.0)
        rows = rows.assign(probability=p, candidate_probability=p, nll=-np.log(p), candidate_nll=-np.log(p))
        parts.append(rows.assign(rank=rank, candidate_rank=rank, mass_a=1.0, mass_b=0.0, echo=0.25))
    return pd.concat(parts, ignore_index=True)[list(tables.entry("queries")["columns"])]


def attention(
    seeds: Iterable[int], r: float | np.ndarray, heads=2, pairs=40, steps=STEPS, distances=(2,), noise=0
) -> pd.DataFrame:
    """Scores whose r over the pairs of each seed, step and head is exactly `r` (broadcast to (S, T, H))."""
    seeds = list(seeds)
    random = np.random.default_rng(noise)
    parts = []
    for distance in distances:
        rows = crossing(seed=seeds, step=list(steps), head=range(heads), pair=range(pairs))
        forward, backward = with_correlation(random, np.broadcast_to(r, (len(seeds), len(steps), heads)), pairs)
        parts.append(
            rows.assign(layer=0, distance=distance, own_distance=distance == 2).assign(
                score_fwd=forward.ravel(), score_rev=backward.ravel(), weight_fwd=0.5, weight_rev=0.25
            )
        )
    return pd.concat(parts, ignore_index=True)[list(tables.entry("attention")["columns"])]


def with_correlation(random: np.random.Generator, r: np.ndarray, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (…, P) whose sample correlation along the last axis is exactly r (…)."""
    x, y = random.normal(size=(2, *r.shape, pairs))
    x = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)
    y = y - y.mean(-1, keepdims=True)
    y = y - (x * y).mean(-1, keepdims=True) * x
    y = y / y.std(-1, keepdims=True)
    return x, r[..., None] * x + np.sqrt(1 - r[..., None] ** 2) * y


def references(seeds: Iterable[int], kinds: dict[str, float], heads=2, steps=STEPS, distances=(2,)) -> pd.DataFrame:
    rows = crossing(seed=list(seeds), step=list(steps), head=range(heads), distance=list(distances), kind=list(kinds))
    return rows.assign(layer=0, r=rows["kind"].map(kinds).astype(float))[list(tables.entry("references")["columns"])]


def gradients(
    seeds: Iterable[int], cosine: dict[int, float] | float = 0.5, matched=0.6, mismatched=0.1, steps=STEPS
) -> pd.DataFrame:
    """Gradients of all parameters, their cosine given by step or the same at every one."""
    rows = crossing(seed=list(seeds), step=list(steps)).assign(forward="source", group="all")
    rows["cosine"] = rows["step"].map(cosine) if isinstance(cosine, dict) else cosine
    rows = rows.assign(matched=matched, mismatched=mismatched)
    return rows.reindex(columns=list(tables.entry("gradients")["columns"]))


def history(
    seeds: Iterable[int], accuracy: dict[str, dict[int, float]] | None = None, trained=("source", "target")
) -> pd.DataFrame:
    """Trained queries that reach `accuracy` (query → seed → value, else 1) at the last step, and 0 before."""
    rows = crossing(seed=list(seeds), step=list(STEPS), query=list(trained))
    final = [
        (accuracy or {}).get(query, {}).get(seed, 1.0) for seed, query in zip(rows["seed"], rows["query"], strict=True)
    ]
    rows["accuracy"] = np.where(rows["step"] == STEPS[-1], final, 0.0)
    return rows.assign(loss=1.0, nll=1.0, learning_rate=0.1, stopped=False)


def cell_runs(name="mdm", seeds=range(10), passed=None, **given) -> CellRuns:
    seeds = list(seeds)
    found = {"history": history(seeds), **given.pop("tables", {})}
    return CellRuns(
        name=name,
        label=given.pop("label", name),
        family=given.pop("family", "MDM"),
        trained=("source", "target"),
        series=given.pop("series", ()),
        settings=settings(**given),
        tables=found,
        passed={seed: True if passed is None else seed in passed for seed in seeds},
    )
