"""Statistics tables as the study would give them, made up: the columns of the dictionary, the prototype's magnitudes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

STEPS = [0, 10, 19, 35, 65, 122, 229, 428, 800]
PI = np.pi


@dataclass(frozen=True)
class Size:
    """How much of a study there is."""

    seeds: int = 10
    steps: Sequence[int] = tuple(STEPS)
    distances: Sequence[int] = (2, 3, 4, 5, 6, 8)
    smoke: bool = False
    passing: str = "most"
    """Which runs passed the gate: most, none."""


FULL = Size()
SMOKE = Size(seeds=2, steps=(0, 10, 39, 153, 600), distances=(2, 3, 4), smoke=True)
NONE_PASSED = Size(seeds=2, steps=(0, 10, 39, 153, 600), distances=(2, 3, 4), smoke=True, passing="none")
ONE_CHECKPOINT = Size(seeds=2, steps=(600,), distances=(2, 3), smoke=True)

CELLS = {
    "mdm": ("MDM", "MDM"),
    "mlm": ("MLM", "MLM"),
    "source_only": ("source-only", "source-only"),
    "target_only": ("target-only", "target-only"),
    "arm": ("ARM, whole sequence", "ARM"),
    "arm_last": ("ARM, last entity", "ARM"),
    "mdm_permuted": ("MDM, permuted labels", "MDM"),
    "mdm_both_ways": ("MDM, told both ways", "MDM"),
    "arm_both_ways": ("ARM, told both ways", "ARM"),
    "mdm_learned": ("MDM, learned positions", "MDM"),
    "mdm_sinusoidal": ("MDM, sinusoidal positions", "MDM"),
    "arrows_arm": ("ARM", "ARM"),
    "arrows_mdm": ("MDM", "MDM"),
    "mdm_qk": ("MDM, query/key by position", "MDM"),
    "mdm_vo": ("MDM, value/output by position", "MDM"),
    "mdm_qk_vo": ("MDM, both by position", "MDM"),
    "source_qk": ("source-only, query/key by position", "source-only"),
    "source_vo": ("source-only, value/output by position", "source-only"),
    "source_qk_vo": ("source-only, both by position", "source-only"),
    "mdm_gap": ("MDM, random gap", "MDM"),
    "chain_arm": ("ARM", "ARM"),
    "chain_mdm": ("MDM", "MDM"),
    "related_arm": ("ARM, related entities", "ARM"),
    "related_mdm": ("MDM, related entities", "MDM"),
    "tian_arm": ("ARM", "ARM"),
    "tian_mdm": ("MDM", "MDM"),
    "natural_arm": ("ARM", "ARM"),
    "natural_mdm": ("MDM", "MDM"),
    "natural_mlm": ("MLM, 15 %", "MLM"),
    "natural_pieces_arm": ("ARM, pieces of words", "ARM"),
    "natural_pieces_mdm": ("MDM, pieces of words", "MDM"),
    "forward_only_mdm": ("MDM, forward only", "MDM"),
}
REVERSE = {"mdm": 0.97, "mlm": 0.95, "source_only": 0.99, "mdm_both_ways": 1, "arm_both_ways": 1, "mdm_learned": 0.32}


class Maker:
    """Rows of one table: runs, and cells with intervals over all runs and over those that passed."""

    def __init__(self, size: Size, name: str, seed: int = 0) -> None:
        self.size, self.name, self.random, self.made = size, name, np.random.default_rng(seed), []

    def passed(self, cell: str, seed: int) -> bool:
        if self.size.passing == "none":
            return False
        return not (cell in ("target_only", "mdm_learned", "dose_3") and seed % 10 == 3)

    def add(
        self, cell: str, mean: float, spread: float, ends: tuple[float, float], gates: bool = True, **about: object
    ) -> None:
        """A run for each seed and the cell's estimates."""
        values = np.clip(mean + spread * self.random.standard_normal(self.size.seeds), *ends)
        seeds = np.arange(1000, 1000 + self.size.seeds)
        passed = np.array([self.passed(cell, int(seed)) for seed in seeds])
        common = {"cell": cell, **about}
        if self.name != "dose":
            label, family = CELLS.get(cell, (cell, "bilinear"))
            common = {"label": label, "family": family, **common}
        for seed, value, ok in zip(seeds, values, passed, strict=True):
            self.made.append({"level": "run", "seed": seed, "passed": ok, "value": value, **common})
        for gated in (True, False) if gates else (True,):
            chosen = values[passed] if gated else values
            if len(chosen) == 0:
                continue
            half = 1.96 * (chosen.std() + 0.1 * spread) / np.sqrt(len(chosen))
            row = {"level": "cell", "value": chosen.mean(), "low": chosen.mean() - half, "high": chosen.mean() + half}
            row |= {"runs": len(chosen), **common}
            self.made.append(row | ({"gated": gated, "excluded": int((~passed).sum())} if gates else {}))

    def table(self, columns: Sequence[str]) -> pd.DataFrame:
        return pd.DataFrame(self.made, columns=list(columns))


def _grown(step: int, last: int) -> float:
    """How far a run has learnt at a step: 0 to 1."""
    return float(1 / (1 + np.exp(-4 * (np.log1p(step) - 0.72 * np.log1p(last))))) if step else 0.0


def across(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    """Accuracy at the last checkpoint, asked at every distance."""
    make = Maker(size, "accuracy", 6)
    for cell in cells:
        for query in ("reverse", "source") if CELLS[cell][1] != "ARM" else ("reverse",):
            for distance in size.distances:
                own = distance == 2
                about = {
                    "step": size.steps[-1], "last": True, "query": query, "frame": "same", "distance": distance,
                    "own_distance": own, "trained": query == "source" and own,
                }  # fmt: skip
                value = 0.99 - 0.03 * distance if query == "source" else REVERSE.get(cell, 0.3) / distance
                make.add(cell, value, 0.03, (0, 1), measure="candidate_probability", chance=0.01, **about)
    return make.table(_columns("accuracy"))


def accuracy(size: Size, cells: Sequence[str], pairs: int = 100, vocabulary: int = 253) -> pd.DataFrame:
    make = Maker(size, "accuracy", 1)
    for cell in cells:
        causal = CELLS[cell][1] == "ARM"
        for step in size.steps:
            for query in ("source", "target", "reverse", "wrong_frame"):
                if query == "source" and causal:
                    continue
                both = "both_ways" in cell
                about = {
                    "step": step, "last": step == size.steps[-1], "query": query, "distance": 2, "own_distance": True,
                    "frame": "other" if query == "wrong_frame" else "same",
                    "trained": query == "target" or (query == "source" and cell != "target_only") or (query == "reverse" and both),
                }  # fmt: skip
                _answers(make, cell, query, _grown(step, size.steps[-1]), pairs, vocabulary, about)
                if cell.startswith("arrows") and query == "reverse":
                    right = {**about, "frame": "inverse"}
                    _answers(make, cell, query, _grown(step, size.steps[-1]), pairs, vocabulary, right)
                    _answers(
                        make,
                        cell,
                        "target",
                        _grown(step, size.steps[-1]),
                        pairs,
                        vocabulary,
                        {**right, "trained": True},
                    )
    return make.table(_columns("accuracy"))


CHAINS = {"chain_arm": 0.006, "chain_mdm": 0.01, "related_arm": 1, "related_mdm": 0.98}
"""Cell of a chain → accuracy in one step."""


def chains(size: Size, cells: Sequence[str], pairs: int = 200, vocabulary: int = 602) -> pd.DataFrame:
    """Every query of cells that learn a chain; a cell that answers has an NLL near 0, another one beyond guessing."""
    make = Maker(size, "accuracy", 6)
    for cell in cells:
        for step in size.steps:
            grown = _grown(step, size.steps[-1])
            for query in ("source", "target", "one_step", "step_by_step"):
                if query == "source" and "arm" in cell:
                    continue
                reach = CHAINS[cell] if query == "one_step" else 1
                power = 2 if query == "step_by_step" else 1
                about = {
                    "step": step, "last": step == size.steps[-1], "query": query, "frame": "same", "distance": 2,
                    "own_distance": True, "trained": query in ("source", "target"),
                }  # fmt: skip
                value = reach * grown
                make.add(cell, value, 0.004, (0, 1), measure="candidate_accuracy", chance=1 / pairs**power, **about)
                for measure, count in (("nll", vocabulary), ("candidate_nll", pairs)):
                    most = power * np.log(count)
                    nll = most * (1 - grown) + grown * (0.05 if reach > 0.5 else 1.3 * most)
                    make.add(cell, nll, 0.03, (0.001, 30), measure=measure, chance=most, **about)
    return make.table(_columns("accuracy"))


def _answers(make: Maker, cell: str, query: str, grown: float, pairs: int, vocabulary: int, about: dict) -> None:
    reach = {
        "source": 1,
        "target": 1,
        "reverse": REVERSE.get(cell, 0.01),
        "wrong_frame": 0.6 * REVERSE.get(cell, 0.01),
    }[query]
    if query == "source" and cell == "target_only":
        reach = 0.01
    if cell.startswith("arrows") and query == "reverse" and not about["trained"]:
        reach = 0.16 if cell == "arrows_mdm" else 0.002
    spread = 0.03 if 0.02 < reach < 1 else 0.004
    value = 1 / pairs + (reach - 1 / pairs) * grown
    floor = {"accuracy": 1 / vocabulary, "candidate_accuracy": 1 / pairs}
    for measure in ("accuracy", "candidate_accuracy", "probability", "candidate_probability"):
        chance = floor.get(measure, 1 / pairs if "candidate" in measure else 1 / vocabulary)
        shown = value if "candidate" in measure else value * (0.9 if query in ("reverse", "wrong_frame") else 1)
        make.add(cell, shown, spread, (0, 1), measure=measure, chance=chance, **about)
    for measure, most in (("nll", np.log(vocabulary)), ("candidate_nll", np.log(pairs))):
        worse = 1.2 * grown if reach < 1 / pairs else 0
        start = most * (1 - grown) + grown * -np.log(max(reach, 1 / pairs) * 0.995) + worse
        make.add(cell, start, 0.03, (0.001, 20), measure=measure, chance=most, **about)
    make.add(cell, 0.02 + 0.1 * grown * (1 - reach), 0.01, (0, 1), measure="echo", **about)


def correlation(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    make = Maker(size, "correlation", 2)
    trained = {"mdm": 0.35, "source_only": 0.84, "target_only": 0.81, "mdm_learned": 0.3, "mdm_sinusoidal": 0.7}
    for cell in cells:
        for step in size.steps:
            grown = _grown(step, size.steps[-1])
            for distance in size.distances:
                if distance != 2 and step not in (size.steps[0], size.steps[-1]):
                    continue
                rho = 0.74 - 0.06 * distance
                about = {
                    "step": step,
                    "last": step == size.steps[-1],
                    "layer": 0,
                    "distance": distance,
                    "own_distance": distance == 2,
                }
                r = rho + (trained.get(cell, 0.5) - 0.7) * grown
                make.add(cell, r, 0.06, (-1, 1), measure="pearson", **about)
                make.add(cell, r, 0.06, (-1, 1), measure="spearman", **about)
                for head in (0, 1):
                    for measure in ("pearson", "isotropic", "conditional"):
                        make.add(cell, r, 0.2, (-1, 1), measure=measure, head=head, **about)
                if step:
                    make.add(cell, r + 0.1, 0.06, (-1, 1), measure="increment", **about)
                for name, shift in {"expected": 0, "isotropic": -0.03, "conditional": 0.02}.items():
                    if "learned" not in cell:
                        make.add(
                            cell,
                            rho + shift + (grown * 0.1 if name == "conditional" else 0),
                            0.01,
                            (-1, 1),
                            measure=name,
                            **about,
                        )
    return make.table(_columns("correlation"))


def alignment(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    make = Maker(size, "alignment", 3)
    for cell in cells:
        forward = "target" if CELLS[cell][1] in ("ARM", "target-only") else "source"
        high = 0.75 if forward == "source" else 0.1
        for step in size.steps:
            grown = _grown(step, size.steps[-1])
            about = {"step": step, "last": step == size.steps[-1], "forward": forward}
            for index, group in enumerate(("all", "embedding", "query_key", "value_output", "norm")):
                make.add(
                    cell, high * (1 - 1.1 * grown) + 0.08 * index, 0.05, (-1, 1), measure="cosine", group=group, **about
                )
            about["group"] = "all"
            make.add(cell, high * (1 - 0.4 * grown), 0.04, (-1, 1), measure="matched", **about)
            make.add(cell, high * 0.5 * (1 - grown), 0.04, (-1, 1), measure="mismatched", **about)
            make.add(cell, high * 0.5 * (1 + 0.2 * grown), 0.04, (-1, 1), measure="matched_minus_mismatched", **about)
            make.add(cell, high * (1 - grown), 0.06, (-2, 2), measure="reverse_per_forward", **about)
            for stem, scale in (("", 5e-3), ("optimiser_", 8e-2)):
                value = -scale * high * (1 - grown) + scale * 0.02
                make.add(cell, value, scale * 0.03, (-1, 1), measure=f"{stem}predicted_rev", **about)
                make.add(cell, value * 0.95, scale * 0.03, (-1, 1), measure=f"{stem}measured_rev", **about)
            make.add(cell, -5e-3 * (1 - grown), 1e-4, (-1, 1), measure="measured_forward", **about)
    return make.table(_columns("alignment"))


def dose(size: Size) -> pd.DataFrame:
    make = Maker(size, "dose", 4)
    angles = {"dose_0": 0, "dose_1": PI / 16, "dose_2": PI / 8, "dose_3": 3 * PI / 16, "dose_4": PI / 4}
    aliases = {
        "alias_0_plus": PI / 2,
        "alias_2_plus": 5 * PI / 8,
        "alias_2_minus": 3 * PI / 8,
        "alias_4_plus": 3 * PI / 4,
    }
    sources = {f"source_dose_{index}": angles[f"dose_{index}"] for index in (1, 2, 3, 4)}
    if size.smoke:
        angles = {name: angles[name] for name in ("dose_0", "dose_1", "dose_2", "dose_4")}
        aliases, sources = {"alias_2_plus": 5 * PI / 8}, {}
    for cell, angle in {**angles, **aliases, **sources}.items():
        series = "source-only" if cell.startswith("source") else "MDM"
        for distance in size.distances:
            role = "cross_distance" if distance != 2 else "alias" if cell in aliases else "dose"
            if role == "cross_distance" and cell in aliases:
                continue
            expected = float(np.cos((2 + distance) * angle))
            about = {"series": series, "role": role, "angle": angle, "distance": distance, "expected": expected}
            _outcomes(make, cell, expected, 0.12 if series == "source-only" else 0, about)
    for series in ("MDM", "source-only") if sources else ("MDM",):
        for measure in ("reverse_candidate_probability", "source_nll", "source_steps"):
            make.made.append({
                "level": "series", "series": series, "role": "dose", "runs": size.seeds, "distance": 2, "measure": measure,
                "value": 0.98, "low": 0.9, "high": 1.0, "page": 540.0, "p_value": 2e-7 if "reverse" in measure else 0.21,
            })  # fmt: skip
    return make.table(_columns("dose"))


def _outcomes(make: Maker, cell: str, expected: float, lift: float, about: dict) -> None:
    outcome = 0.68 + 0.31 * expected + lift * (1 - expected) / 2
    if about["role"] == "alias":
        outcome -= 0.12
    values = {
        "reverse_candidate_probability": (outcome, 0.04), "reverse_accuracy": (outcome, 0.04), "reverse_nll": (-np.log(outcome), 0.1),
        "source_nll": (0.004 + 0.0005 * expected, 0.0004), "source_steps": (260 + 8 * expected, 12),
        "r_initial": (expected * 0.97, 0.02), "r_trained": (0.3 + expected * 0.5, 0.08), "weight_rev": (0.35 + 0.25 * expected, 0.04),
        "wrong_frame_candidate_probability": (outcome * 0.7, 0.05), "echo": (0.03 + 0.1 * (1 - outcome), 0.01),
        "cosine_fitting": (0.25 + 0.2 * expected, 0.05),
    }  # fmt: skip
    for measure, (mean, spread) in values.items():
        ends = (
            (-1, 1)
            if measure.startswith(("r_", "cosine"))
            else (1e-4, 1e4 if measure.startswith("source") or "nll" in measure else 1)
        )
        make.add(cell, mean, spread, ends, gates=False, measure=measure, **about)


Level = tuple[str, str, str, float | str, float]
"""A cell, the setting along which it stands in a series, the series, its level, and how well it reverses."""


def _growth(smoke: bool) -> list[Level]:
    decay = [("optimisation.weight_decay", value) for value in (0, 0.01, 0.1, 1, 10)]
    made = [
        (f"{cell}_decay_{place}", path, cell.upper(), value, 0.02 + 0.1 * place * (cell == "mdm"))
        for cell in ("mdm", "arm")
        for place, (path, value) in enumerate(decay)
    ]
    if smoke:
        return made[:3]
    for path, levels in {"data.pairs": (50, 100, 200), "model.position.angle": (0, PI / 16, PI / 8, PI / 4)}.items():
        made += [
            (f"mdm_{path[-5:]}_{place}", path, "MDM", value, 0.9 - 0.2 * place) for place, value in enumerate(levels)
        ]
    words = ("rope", "learned", "sinusoidal", "none", "t5", "alibi_signed")
    made += [(f"mdm_{word}", "model.position.kind", "MDM", word, 0.15 * place) for place, word in enumerate(words)]
    gaps = [(f"gap_{word}", "model.position.kind", "MDM, random gap", word, 0.8) for word in words[:2]]
    return made + gaps


def _square(smoke: bool) -> list[Level]:
    made = []
    for stem, family in (("mdm", "MDM"), ("source", "source-only"))[: 1 if smoke else None]:
        for name, qk, vo in (("", 0, 0), ("_qk", 1, 0), ("_vo", 0, 1), ("_qk_vo", 1, 1)):
            cell, reverse = (stem + name if stem + name != "source" else "source_only"), 0.9 - 0.5 * vo - 0.2 * qk
            words = ("shared", "by_position")
            made.append((cell, "model.query_key", f"{family}, value output {words[vo]}", words[qk], reverse))
            made.append((cell, "model.value_output", f"{family}, query key {words[qk]}", words[vo], reverse))
    return made


def sweep(size: Size, levels: Sequence[Level]) -> pd.DataFrame:
    make = Maker(size, "sweep", 7)
    for cell, setting, series, level, reverse in levels:
        label, family = CELLS.get(cell, (cell.replace("_", " "), series.split(",")[0]))
        about = {"label": label, "family": family, "setting": setting, "series": series}
        about |= {"setting_word": level} if isinstance(level, str) else {"setting_value": float(level)}
        chance = 1 / level if setting == "data.pairs" else 0.01
        make.random = np.random.default_rng(len(cell) + int(1000 * reverse))  # a cell is the same in all its series
        for query, value in {"reverse": reverse, "wrong_frame": 0.6 * reverse, "source": 0.99, "target": 0.98}.items():
            if family == "ARM" and query == "source":
                continue
            trained = query in ("source", "target")
            for measure in ("candidate_probability", "accuracy"):
                odds = {"chance": chance, "trained": trained}
                make.add(cell, value, 0.03 * (value < 0.9), (0, 1), measure=f"{query}_{measure}", **odds, **about)
        make.add(cell, 0.6 - 0.3 * reverse, 0.05, (-1, 1), measure="cosine_initial", **about)
        make.add(cell, 0.5 * reverse, 0.05, (-1, 1), measure="cosine_fitting", **about)
        if family != "ARM":
            for measure, value in {"r_initial": 0.7, "r_trained": reverse - 0.3, "weight_rev": 0.4}.items():
                make.add(cell, value, 0.05, (-1 if measure != "weight_rev" else 0, 1), measure=measure, **about)
    table = make.table(_columns("sweep"))
    trends = [
        {
            "level": "series", "setting": setting, "series": series, "family": series.split(",")[0], "runs": size.seeds,
            "levels": 5, "measure": "reverse_candidate_probability", "value": 0.9, "low": 0.8, "high": 1.0,
            "page": 540.0, "p_value": 0.21 if series == "ARM" else 2e-7,
        }
        for setting, series in dict.fromkeys((row[1], row[2]) for row in levels if not isinstance(row[3], str))
    ]  # fmt: skip
    return pd.concat([table, pd.DataFrame(trends, columns=table.columns)]) if trends else table


def mediation(size: Size) -> pd.DataFrame:
    make = Maker(size, "mediation", 8)
    kinds = {
        "mdm": "plain",
        "mdm_learned": "plain",
        "target_only": "plain",
        "mdm_vo": "by_position",
        "source_only": "plain",
    }
    cells = kinds | {f"dose_{n}": "dose" for n in range(5)} | {f"alias_{n}_plus": "alias" for n in (0, 2, 4)}
    for place, (cell, kind) in enumerate(cells.items()):
        label, family = CELLS.get(cell, (cell, "MDM"))
        about = {"label": label, "family": family, "kind": kind, "same_function": cell == "dose_0"}
        r = np.cos(place)
        outcome = 0.5 + 0.4 * r
        means = {"r_initial": r, "r_trained": 0.8 * r, "weight_rev": 0.3 + 0.2 * r, "cosine_initial": 0.5 + 0.3 * r}
        for measure, value in {"reverse_candidate_probability": outcome, **means}.items():
            make.add(cell, value, 0.04, (0 if "p" in measure or "w" in measure else -1, 1), measure=measure, **about)
    mediators = ["r_initial", "r_trained", "weight_rev", "cosine_initial", "cosine_fitting"]
    for outcome in () if size.smoke else ("reverse_candidate_probability", "source_nll"):
        for mediator in mediators:
            about = {"label": "over cells", "family": None, "cells": 13, "outcome": outcome, "mediator": mediator}
            for given in ("nothing", *(name for name in mediators if name != mediator)):
                measure, value = ("spearman", 0.7) if given == "nothing" else ("partial", 0.5)
                make.add("over cells", value, 0.1, (-1, 1), measure=measure, given=given, **about)
    return make.table(_columns("mediation"))


def dynamics(size: Size) -> pd.DataFrame:
    make = Maker(size, "dynamics", 5)
    cells = {"bilinear_32": (32, "gaussian"), "bilinear_128": (128, "gaussian"), "bilinear_512": (512, "gaussian")}
    cells |= {"bilinear_orthonormal": (256, "orthonormal"), "tian_arm": (None, None)}
    if size.smoke:
        del cells["bilinear_512"]
    for cell, (width, embedding) in cells.items():
        leak = 1.5 / np.sqrt(width) if embedding == "gaussian" else 0
        family = "bilinear" if embedding else "ARM"
        for step in size.steps:
            grown = _grown(step, size.steps[-1])
            about = {
                "width": width, "embedding": embedding, "step": step, "last": step == size.steps[-1],
                "label": f"d = {width}, {embedding}" if embedding else "one-layer transformer", "family": family,
            }  # fmt: skip
            for measure, value in {
                "weight_forward": 9 * grown, "weight_reverse": 3 * leak * grown, "ratio_forward": 1 - 0.98 * grown,
                "ratio_reverse": 1 - leak * grown * 0.5, "epsilon": leak * grown * 0.3, "drift": -np.log(1 - leak * grown * 0.5),
                "loss_forward": 5.3 * (1 - 0.98 * grown), "loss_reverse": 5.3 * (1 - leak * grown * 0.5),
                "bound": 1 - 0.6 * leak * grown,
            }.items():  # fmt: skip
                make.add(cell, value, 0.02 * (leak > 0), (0, 20), measure=measure, **about)
    return make.table(_columns("dynamics"))


def mask(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    """Weights that rise and fall again; `mdm_learned` has a second layer."""
    make = Maker(size, "mask", 6)
    for cell in cells:
        for layer in (0, 1) if cell == "mdm_learned" else (0,):
            for query, plateau in {"source": 0.6, "reverse": 0.5}.items():
                about = {"layer": layer, "query": query}
                for step in size.steps:
                    grown = _grown(step, size.steps[-1])
                    weight = 0.33 + (plateau - 0.33) * grown + 0.6 * grown * (1 - grown)
                    moment = {"step": step, "last": step == size.steps[-1]}
                    make.add(cell, weight, 0.05, (0, 1), measure="weight", **moment, **about)
                for measure, value in {"peak_minus_initial": 0.35, "peak_minus_final": 0.08}.items():
                    make.add(cell, value, 0.05, (0, 1), measure=measure, step=size.steps[-1], last=True, **about)
    return make.table(_columns("mask"))


def heatmap(size: Size, cells: Sequence[str], pairs: int = 6) -> pd.DataFrame:
    """Contrasts of four maps, and the maps of one run."""
    make = Maker(size, "heatmap", 7)
    for cell in cells:
        for query, both_ways in (("target", False), ("target", True), ("reverse", False), ("reverse", True)):
            trained = query == "target" or both_ways
            about = {"query": query, "both_ways": both_ways, "trained": trained, "step": size.steps[-1], "last": True}
            contrast = 11 if trained or cell == "arrows_mdm" else 0.5
            make.add(cell, contrast, 0.4, (-2, 20), measure="contrast", **about)
            square = make.random.standard_normal((pairs, pairs)) + contrast * np.eye(pairs)
            label, family = CELLS[cell]
            run = {"cell": cell, "label": label, "family": family, "level": "matrix", "seed": 1000, "measure": "logit"}
            for (row, column), value in np.ndenumerate(square):
                place = {"row": row, "column": column, "value": value, "passed": make.passed(cell, 1000)}
                make.made.append({**run, **about, **place})
    return make.table(_columns("heatmap"))


def embeddings(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    make = Maker(size, "embeddings", 8)
    for cell in cells:
        for step in size.steps:
            moved = -0.06 * _grown(step, size.steps[-1]) * (cell == "arrows_mdm")
            for both_ways in (False, True) if cell.startswith("arrows") else (False,):
                about = {"step": step, "last": step == size.steps[-1], "both_ways": both_ways}
                for measure, value in {"own": moved, "others": 0.1 * moved, "own_minus_others": 0.9 * moved}.items():
                    make.add(cell, value, 0.02, (-1, 1), measure=measure, **about)
    return make.table(_columns("embeddings"))


def theory(size: Size) -> pd.DataFrame:
    """An ARM that learns one way, and an MDM that learns both."""
    make = Maker(size, "dynamics", 9)
    for cell, back in {"tian_arm": 0.0, "tian_mdm": 1.0}.items():
        for step in size.steps:
            grown = _grown(step, size.steps[-1])
            about = {"step": step, "last": step == size.steps[-1]}
            for measure, value in {
                "weight_forward": 9 * grown, "weight_reverse": 9 * back * grown,
                "loss_forward": 5.5 * (1 - 0.98 * grown), "loss_reverse": 5.5 * (1 - 0.98 * back * grown),
            }.items():  # fmt: skip
                make.add(cell, value, 0.02, (0, 20), measure=measure, **about)
    return make.table(_columns("dynamics"))


RECALLED = {"natural_arm": 0.0, "natural_mdm": 0.85, "natural_mlm": 0.97}
"""Language model → how well it answers reverse of facts told forward; others hardly ever."""


def recall(size: Size, cells: Sequence[str]) -> pd.DataFrame:
    """Every query of the trained models, and what their facts alone say of the interval."""
    make = Maker(size, "recall", 10)
    for cell in cells:
        causal = CELLS[cell][1] == "ARM"
        for told in ("forward", "all") if cell == "forward_only_mdm" else ("forward", "both", "all"):
            for query in (
                ("target", "reverse", "wrong_frame") if causal else ("source", "target", "reverse", "wrong_frame")
            ):
                known = query in ("source", "target") or told == "both"
                reach = 1.0 if known else RECALLED.get(cell, 0.01) * (1 if query == "reverse" else 0.4)
                about = {
                    "step": size.steps[-1], "last": True, "query": query, "told": told, "relation": "all", "trained": known,
                    "facts": 194 if told != "all" else 388, "tokens": 3.5 if "pieces" in cell else 1.0,
                }  # fmt: skip
                for measure, value in {"exact": 0.9 * reach if reach < 1 else 1.0, "candidate_accuracy": reach}.items():
                    chance = {"chance": 1 / 129} if measure == "candidate_accuracy" else {}
                    make.add(cell, value, 0.02 * (0 < reach < 1), (0, 1), measure=measure, **chance, **about)
                make.add(cell, 0.01 + 9 * (1 - reach), 0.3 * (reach < 1), (0, 20), measure="nll", **about)
    return _over_both(make.table(_columns("recall")))


def _over_both(table: pd.DataFrame) -> pd.DataFrame:
    """The estimates over seeds, and over facts those of the runs that passed, with intervals half as wide."""
    of_cell = table["level"] == "cell"
    table["over"] = np.where(of_cell, "seeds", None)
    facts = table[of_cell & table["gated"].eq(True)].assign(over="facts")
    for end in ("low", "high"):
        facts[end] = (facts["value"] + facts[end]) / 2
    return pd.concat([table, facts], ignore_index=True)


def head_correlation(size: Size, cells: Sequence[str], layers: int = 2, heads: int = 4) -> pd.DataFrame:
    """Heads that differ more once they are trained, and their means."""
    make = Maker(size, "head_correlation", 11)
    for cell in cells:
        for step in dict.fromkeys((size.steps[0], size.steps[-1])):
            last = step == size.steps[-1]
            places = [(layer, head) for layer in range(layers) for head in range(heads)]
            for layer, head in [*places, *((layer, None) for layer in range(layers)), (None, None)]:
                about = {"step": step, "last": last, "relation": "all", "layer": layer, "head": head, "distance": 2.0}
                spread = 0.3 * last if head is not None else 0.02
                r = (0.7 - 0.4 * last) + spread * np.cos(7.0 * (head or 0) + 3 * (layer or 0))
                make.add(cell, r, 0.05, (-1, 1), measure="r", **about)
                make.add(cell, 0.02, 0.05, (-1, 1), measure="wrong_r", **about)
                for way in ("fwd", "rev"):
                    weight = 0.25 + 0.4 * last + spread * np.sin(5.0 * (head or 0))
                    make.add(cell, weight, 0.03, (0, 1), measure=f"weight_{way}", **about)
                    make.add(cell, 0.9 * weight, 0.03, (0, 1), measure=f"wrong_weight_{way}", **about)
    table = make.table(_columns("head_correlation"))
    return _over_both(table.astype({"layer": "Int32", "head": "Int32"}))


def claims(count: int = 12) -> pd.DataFrame:
    families = [
        "ARM",
        "ARM",
        "mitigation",
        "mitigation",
        "mitigation",
        "correlation",
        "correlation",
        "alignment",
        "dose",
        "dose",
        "dose",
        "bilinear",
    ]
    words = [
        "An ARM trained on A → B answers the reverse query no better than by guessing among candidates",
        "An MDM told forward only answers the reverse query far above chance",
        "Forward and reverse scores correlate beyond what positions alone would give, at initialisation and after training, in every head",
    ]  # fmt: skip
    made = []
    for index in range(count):
        verdict = ("supported", "contradicted", "inconclusive")[(0, 0, 1, 0, 2)[index % 5]]
        estimate = (0.98, 0.012, -0.31, 0.4, 0.2)[index % 5]
        made.append({
            "claim": f"claim_{index + 1}_of_the_ledger", "paper": "P2 §4.2" if index % 2 else "P1, Theorem 1", "statement": words[index % 3],
            "experiment": "mitigation", "statistic": "accuracy", "estimand": "reverse candidate accuracy", "test": "non-superiority",
            "family": families[index % len(families)], "family_size": 3, "unit": "fact" if index % 5 == 3 else "seed", "runs": 10,
            "facts": 388 if index % 5 == 3 else None, "excluded": index % 3, "estimate": estimate,
            "low": estimate - 0.05, "high": estimate + 0.04, "threshold": 0.06 if index % 2 else 0.0,
            "margin": 0.1 if index % 5 == 4 else None, "p_value": 0.002, "p_adjusted": 0.004,
            "verdict": verdict, "why": "too few seeds: 2", "seeds": "1000–1009", "ledger": "0" * 64,
        })  # fmt: skip
    made[-1] |= {
        "estimate": None,
        "low": None,
        "high": None,
        "p_value": None,
        "p_adjusted": None,
        "verdict": "inconclusive",
    }
    return pd.DataFrame(made, columns=_columns("claims")).sort_values("claim", key=lambda c: c.str[-1:])


def _columns(table: str) -> list[str]:
    from reversal import tables

    return tables.arrow_schema(table).names


def of(figure: str, size: Size) -> dict[str, pd.DataFrame]:
    """What a figure reads, in a study of some size."""

    def some(full, smoke):
        return smoke if size.smoke else full

    match figure:
        case "mask":
            return {"mask": mask(size, some(["mdm", "mlm", "source_only", "target_only", "mdm_learned"], ["mdm"]))}
        case "heatmap":
            return {"heatmap": heatmap(size, ["arrows_arm", "arrows_mdm"])}
        case "embeddings":
            return {"embeddings": embeddings(size, some(["arrows_arm", "arrows_mdm", "arm"], ["arm"]))}
        case "response":
            return {"accuracy": accuracy(size, ["mdm"]), "correlation": correlation(size, ["mdm"]), "dose": dose(size)}
        case "families":
            smoke = ["mdm", "target_only", "arm", "mdm_permuted", "arm_both_ways"]
            return {"accuracy": accuracy(size, some(list(CELLS)[:9], smoke))}
        case "scores":
            full = ["mdm", "source_only", "target_only", "mdm_learned", "mdm_sinusoidal"]
            return {"correlation": correlation(size, some(full, ["mdm", "target_only"]))}
        case "gradients":
            return {
                "alignment": alignment(
                    size, some(["mdm", "source_only", "target_only", "arm"], ["mdm", "target_only", "arm"])
                )
            }
        case "likelihood":
            return {"accuracy": accuracy(size, ["arrows_arm", "arrows_mdm"], pairs=200, vocabulary=802)}
        case "sweep":
            return {"sweep": sweep(size, _growth(size.smoke))}
        case "sharing":
            return {"sweep": sweep(size, _square(size.smoke))}
        case "mediation":
            return {"mediation": mediation(size)}
        case "distances":
            full = ["mdm", "mdm_learned", "mdm_sinusoidal", "mdm_gap", "source_only", "arm"]
            return {"accuracy": across(size, some(full, ["mdm", "arm"]))}
        case "held_out":
            return {"accuracy": chains(size, some(list(CHAINS), ["chain_arm", "chain_mdm"]))}

        case "recall":
            full = [
                "natural_arm",
                "natural_mdm",
                "natural_mlm",
                "natural_pieces_arm",
                "natural_pieces_mdm",
                "forward_only_mdm",
            ]
            return {"recall": recall(size, some(full, ["natural_arm", "natural_mdm"]))}
        case "heads":
            full = ["natural_mdm", "natural_mlm", "natural_pieces_mdm", "forward_only_mdm"]
            return {"head_correlation": head_correlation(size, some(full, ["natural_mdm"]))}
        case "asymmetry":
            return {"dynamics": theory(size)}
        case "weights":
            return {"dynamics": dynamics(size)}
    raise KeyError(figure)
