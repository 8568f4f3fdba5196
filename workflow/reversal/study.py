"""From config to a study: which texts, cells, blocks of seeds and experiments there are.

The Snakefile calls `load(config)` while it is read, so every mistake in the config is found before any
job runs, and the DAG is what this module says. It imports no torch.

    study ⊃ cell (one settings record) ⊃ block (seeds trained together) ⊃ run (cell × seed)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reversal import families, ledger, registry, validation
from reversal.contradictions import contradictions, text_contradictions
from reversal.errors import ReversalError
from reversal.factorial import Factorial, expand
from reversal.figures.colours import of_families
from reversal.fingerprint import fingerprint
from reversal.language.cells import Language, Learner, Published, resolve
from reversal.records import inherited, known
from reversal.series import Series, follow


@dataclass(frozen=True)
class Block:
    """Consecutive master seeds that train together. `name` is their folder, such as `1000-1009`."""

    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.seeds[0]}-{self.seeds[-1]}"


@dataclass(frozen=True)
class Cell:
    """One settings record: dataset × model × objective × optimisation."""

    name: str
    label: str
    dataset: str
    data: Mapping[str, Any]
    model: Mapping[str, Any]
    objective: Mapping[str, Any]
    optimisation: Mapping[str, Any]
    checkpoints: tuple[int, ...]
    """Optimiser steps at which parameters are kept, ascending, 0 first."""

    @property
    def family(self) -> str:
        """The model family, by which figures colour."""
        return families.of(self.model, self.objective)

    @property
    def trained(self) -> tuple[str, ...]:
        """The queries that the objective trains, which the gate looks at."""
        objective = registry.literals("train.objectives", self.objective["kind"])
        if self.model.get("attention") == "causal" and not objective["REORDERS"]:
            return ("target",)  # the mask stands before B and cannot see it: `source` cannot be learnt
        return tuple(objective["TRAINED"])

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result of a run depends on, beside its seed. What figures call the cell is no part of it."""
        return {
            "data": dict(self.data),
            "model": dict(self.model),
            "objective": dict(self.objective),
            "optimisation": dict(self.optimisation),
            "checkpoints": list(self.checkpoints),
        }

    def fingerprint(self, seed: int | None = None) -> str:
        """Twelve hex digits for the settings, or for one run of them."""
        return fingerprint(self.settings if seed is None else [self.settings, seed])


@dataclass(frozen=True)
class Experiment:
    """Cells compared with one another, the statistics taken over them and the figures drawn of those."""

    name: str
    cells: tuple[str, ...]
    statistics: tuple[str, ...]
    figures: tuple[str, ...]
    series: tuple[Series, ...] = ()
    """Cells that differ in one of the settings `along` which the experiment goes."""
    training_nll: float | None = None
    """NLL (nats a token) that every trained query must end below, beside the study's gate; None asks for none."""


@dataclass(frozen=True)
class Study:
    """A whole config, resolved and found to be sound."""

    name: str
    seeds: tuple[int, ...]
    blocks: tuple[Block, ...]
    size: int
    """Seeds of a block, but the last one's."""
    gate: float
    datasets: Mapping[str, Mapping[str, Any]]
    cells: Mapping[str, Cell]
    learners: Mapping[str, Learner]
    """Language models that are trained here."""
    published: Mapping[str, Published]
    """Language models that somebody else has trained."""
    experiments: Mapping[str, Experiment]
    """Those that `all` runs, then those that wait to be asked for."""
    on_request: frozenset[str]
    """Names of the latter."""
    unselected: Mapping[str, Experiment]
    """Experiments that the config has and `selected` has not: known, and not run."""
    unused: tuple[str, ...]
    """Cells that no selected experiment has."""
    claims: tuple[str, ...]
    """Files of the ledger of claims."""
    language_claims: tuple[str, ...]
    """Files of the ledger of claims about language models."""
    evaluation: Mapping[str, Any]
    inference: Mapping[str, Any]
    checkpoints: int
    """Checkpoints of every run, step 0 included."""
    keep: str
    """Which of them stay once they have been evaluated: all, last or none."""
    factorials: Mapping[str, Factorial]
    simulations: int
    """Simulated cells behind each rate of the calibration."""

    @property
    def kept(self) -> frozenset[int]:
        """Numbers of the checkpoints that stay."""
        every = range(self.checkpoints)
        return frozenset({"all": every, "last": every[-1:], "none": ()}[self.keep])

    @property
    def selected(self) -> tuple[Experiment, ...]:
        """The experiments that `all` runs and whose claims the ledger judges."""
        return tuple(one for one in self.experiments.values() if one.name not in self.on_request)

    @property
    def language(self) -> tuple[Experiment, ...]:
        """The experiments on language models."""
        return tuple(one for one in self.experiments.values() if one.cells[0] not in self.cells)

    @property
    def corpora(self) -> dict[str, Mapping[str, Any]]:
        """The corpora that language models are told or asked about."""
        return {cell.corpus: cell.told for cell in (*self.learners.values(), *self.published.values())}

    def model(self, name: str) -> Cell | Learner | Published:
        """A cell of any kind."""
        return next(kind[name] for kind in (self.cells, self.learners, self.published) if name in kind)

    def blocks_of(self, cell: str) -> tuple[Block, ...]:
        """The blocks of seeds that a cell is measured in; a language model has seeds of its own."""
        return self.blocks if cell in self.cells else blocks(self.model(cell).seeds, self.size)

    def runs(self) -> Iterator[tuple[Cell, Block, int]]:
        """Every run of the study: cell, block, seed."""
        for cell in self.cells.values():
            for block in self.blocks:
                for seed in block.seeds:
                    yield cell, block, seed


def load(config: Mapping[str, Any]) -> Study:
    """Resolve a config.

    Raises:
        ReversalError: one line naming the key, the value and what would fit.
    """
    unresolved = {**validation.schema(), "$defs": {name: {"type": "object"} for name in validation.schema()["$defs"]}}
    config = validation.fill(unresolved, validation.plain(config))
    validation.check(unresolved, config, "")
    _refuse_shared_names(config)
    config, factorials = expand(config)
    datasets = {
        name: _dataset(name, record) for name, record in inherited("dataset", {"datasets": config["datasets"]}).items()
    }
    records = inherited("cell", {section: config[section] for section in ("settings", "cells")})
    _refuse_unknown_data(config, datasets)
    cells = {name: _cell(name, records[name], datasets, config["checkpoints"]) for name in config["cells"]}
    language = resolve(config["language"], config["seeds"]["first"])
    _refuse_shared_cells(cells, language)
    every = {**cells, **language.learners, **language.published}
    experiments = {name: _experiment(name, entry, every) for name, entry in config["experiments"].items()}
    for key in ("selected", "on_request"):
        for position, name in enumerate(config[key]):
            known(name, experiments, f"{key}.{position}", "experiments")
    chosen = {name: experiments[name] for name in (*config["selected"], *config["on_request"])}
    used = dict.fromkeys(cell for experiment in chosen.values() for cell in experiment.cells)
    unused = tuple(name for name in cells if name not in used)
    cells = {name: cells[name] for name in used if name in cells}
    for cell in cells.values():
        _refuse_contradictions(cell, config["evaluation"])
    for key, names in (("claims", config["claims"]), ("language.claims", config["language"]["claims"])):
        for position, name in enumerate(names):
            if not ledger.path(name).is_file():
                raise ReversalError(f"{key}.{position}: {name!r} is no file; name one as seen from {ledger.HOME}")
    of_families()  # a family without a colour is found before anything runs
    first, count, size = (config["seeds"][key] for key in ("first", "count", "block"))
    seeds = tuple(range(first, first + count))
    return Study(
        name=config["study"],
        seeds=seeds,
        blocks=blocks(seeds, size),
        size=size,
        gate=config["gate"],
        datasets={name: datasets[name] for name in dict.fromkeys(cell.dataset for cell in cells.values())},
        cells=cells,
        learners={name: language.learners[name] for name in used if name in language.learners},
        published={name: language.published[name] for name in used if name in language.published},
        experiments=chosen,
        on_request=frozenset(config["on_request"]) - frozenset(config["selected"]),
        unselected={name: made for name, made in experiments.items() if name not in chosen},
        unused=unused,
        claims=tuple(config["claims"]),
        language_claims=tuple(config["language"]["claims"]),
        evaluation=config["evaluation"],
        inference=config["inference"],
        checkpoints=config["checkpoints"]["count"] + 1,
        keep=config["checkpoints"]["keep"],
        factorials={name: made for name, made in factorials.items() if not cells.keys().isdisjoint(made.cells)},
        simulations=config["calibration"],
    )


def blocks(seeds: tuple[int, ...], size: int) -> tuple[Block, ...]:
    """Seeds in blocks of so many; the last one may have fewer."""
    return tuple(Block(seeds[start : start + size]) for start in range(0, len(seeds), size))


def _dataset(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    dataset = validation.fill(validation.definition("dataset"), record)
    for said in text_contradictions(dataset):
        raise ReversalError(f"datasets.{name}.{said}")
    return dataset


def _cell(name: str, record: Mapping[str, Any], datasets: Mapping[str, Any], checkpoints: Mapping[str, int]) -> Cell:
    node = validation.definition("cell")
    record = validation.fill(node, record)
    validation.check(node, record, f"cells.{name}")
    return Cell(
        name=name,
        label=record["label"] or name,
        dataset=record["data"],
        data=datasets[record["data"]],
        model=record["model"],
        objective=record["objective"],
        optimisation=record["optimisation"],
        checkpoints=_steps(name, record["optimisation"]["steps"], checkpoints),
    )


def _steps(name: str, steps: int, checkpoints: Mapping[str, int]) -> tuple[int, ...]:
    first, count = checkpoints["first"], checkpoints["count"]
    if count > 1 and first >= steps:
        raise ReversalError(
            f"checkpoints.first: {first} is out of range; "
            f"cells.{name} has {steps} steps, and the first checkpoint comes before the last"
        )
    ratio = (steps / first) ** (1 / max(count - 1, 1))
    marks = [0, *(round(first * ratio**index) for index in range(count - 1)), steps]
    if len(set(marks)) < len(marks):
        twice = next(mark for mark in marks if marks.count(mark) > 1)
        raise ReversalError(
            f"checkpoints.count: {count} is out of range; cells.{name} has {steps} steps "
            f"and two checkpoints would fall on step {twice}; take fewer, or a later first"
        )
    return tuple(marks)


LEDGER, CALIBRATION = "ledger", "calibration"
WHOLE = (LEDGER, CALIBRATION)
"""Figures that are no experiment's own."""


def _experiment(name: str, entry: Mapping[str, Any], cells: Mapping[str, Cell]) -> Experiment:
    where = f"experiments.{name}"
    for position, cell in enumerate(entry["cells"]):
        known(cell, cells, f"{where}.cells.{position}", "cells")
    for position, figure in enumerate(entry["figures"]):
        if figure in WHOLE:
            raise ReversalError(
                f"{where}.figures.{position}: '{figure}' is the whole study's and always drawn; take it out"
            )
        for statistic in registry.literals("figures.plots", figure)["READS"]:
            if statistic not in entry["statistics"]:
                raise ReversalError(
                    f"{where}.figures.{position}: '{figure}' draws the statistic '{statistic}'; "
                    f"add it to {where}.statistics"
                )
    _refuse_other_stages(entry, [cells[cell] for cell in entry["cells"]], where)
    _refuse_idle_along(entry, where)
    series = follow({cell: cells[cell] for cell in entry["cells"]}, entry["along"], f"{where}.along")
    return Experiment(
        name,
        tuple(entry["cells"]),
        tuple(entry["statistics"]),
        tuple(entry["figures"]),
        series,
        entry["training_nll"],
    )


def _refuse_other_stages(entry: Mapping[str, Any], cells: Sequence[Any], where: str) -> None:
    """Refuse cells of both kinds in one experiment, and statistics that are taken of the other kind."""
    stages = {"evaluate" if isinstance(cell, Cell) else "language" for cell in cells}
    if len(stages) > 1:
        other = next(cell.name for cell in cells if not isinstance(cell, Cell))
        raise ReversalError(f"{where}.cells: '{other}' is a language model and others are not; put it elsewhere")
    for position, name in enumerate(entry["statistics"]):
        stage = registry.literals("statistics.estimates", name)["STAGE"] or "evaluate"
        if stage not in stages:
            fitting = [
                other
                for other in registry.names("statistics.estimates")
                if (registry.literals("statistics.estimates", other)["STAGE"] or "evaluate") in stages
            ]
            raise ReversalError(
                f"{where}.statistics.{position}: '{name}' is not taken of these cells; one of: {', '.join(fitting)}"
            )


def _refuse_idle_along(entry: Mapping[str, Any], where: str) -> None:
    """Refuse settings to go along that no statistic follows, and a statistic that has none to follow."""
    every = registry.names("statistics.estimates")
    follows = {name: registry.literals("statistics.estimates", name)["ALONG"] for name in every}
    following = [name for name in entry["statistics"] if follows[name]]
    if following and not entry["along"]:
        raise ReversalError(
            f"{where}.along: []; '{following[0]}' follows settings, so name some, such as optimisation.weight_decay"
        )
    if entry["along"] and not following:
        several = ", ".join(name for name in follows if follows[name])
        raise ReversalError(f"{where}.along: no statistic of the experiment follows it; add one of: {several}")


RULES = {
    *("all", "data", "train", "evaluate", "statistics", "figures"),
    *("generate_block", "train_block", "evaluate_block", "estimate", "judge_claims", "draw_ledger"),
    *("calibrate", "draw_calibration", "unselected"),
    *("language", "write_corpus", "train_language", "probe_language", "probe_published", "judge_language"),
}
"""Names that Snakemake has for something else than an experiment."""


def _refuse_shared_names(config: Mapping[str, Any]) -> None:
    shared = sorted(set(config["settings"]) & set(config["cells"]))
    if shared:
        raise ReversalError(f"cells.{shared[0]}: settings has a record of the same name; rename one of them")
    for name in config["experiments"]:
        if name in RULES:
            raise ReversalError(f"experiments.{name}: {name!r} is a rule's name; rename the experiment")


def _refuse_shared_cells(cells: Mapping[str, Any], language: Language) -> None:
    for kind, named in (("cells", language.learners), ("published", language.published)):
        for name in named:
            if name in cells or (kind == "published" and name in language.learners):
                raise ReversalError(f"language.{kind}.{name}: there is a cell of the same name; rename one of them")


def _refuse_unknown_data(config: Mapping[str, Any], datasets: Mapping[str, Any]) -> None:
    for section in ("settings", "cells"):
        for name, record in config.get(section, {}).items():
            if "data" in record:
                known(record["data"], datasets, f"{section}.{name}.data", "datasets")


def _refuse_contradictions(cell: Cell, evaluation: Mapping[str, Any]) -> None:
    """Refuse what the schema cannot: settings that fit one by one and not together."""
    for said in contradictions(cell, evaluation):
        raise ReversalError(f"cells.{cell.name}.{said}")
