"""The language models of a study: those that are trained here, and published checkpoints. Imports no torch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reversal import registry, validation
from reversal.errors import ReversalError
from reversal.records import inherited, known

PROBED = ("answers", "heads", "slopes")
"""Tables that the probe writes."""


@dataclass(frozen=True)
class Learner:
    """One settings record: corpus × tokenizer × model × objective × optimisation. Every seed trains by itself."""

    name: str
    label: str
    corpus: str
    """Name of the corpus."""
    told: Mapping[str, Any]
    """Its settings."""
    seeds: tuple[int, ...]
    tokenizer: Mapping[str, Any]
    model: Mapping[str, Any]
    objective: Mapping[str, Any]
    optimisation: Mapping[str, Any]
    precision: str
    probe: Mapping[str, Any]

    @property
    def family(self) -> str:
        """The model family, by which figures colour."""
        return registry.literals("language.train.objectives", self.objective["kind"])["FAMILY"]

    @property
    def trained(self) -> tuple[str, ...]:
        """The queries that the objective trains, which the gate looks at."""
        return tuple(registry.literals("language.train.objectives", self.objective["kind"])["TRAINED"])

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Optimiser steps before which parameters are kept: none and all."""
        return 0, self.optimisation["steps"]

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result of a run depends on, beside its seed."""
        parts = ("tokenizer", "model", "objective", "optimisation")
        return {
            "corpus": dict(self.told),
            **{part: dict(getattr(self, part)) for part in parts},
            "precision": self.precision,
            "checkpoints": list(self.checkpoints),
        }

    @property
    def variants(self) -> list[tuple[str, str]]:
        """The files that the training's settings name, as (package, name)."""
        named = {"tokenizers": self.tokenizer, "architectures": self.model, "objectives": self.objective}
        return [(f"language.train.{package}", part["kind"]) for package, part in named.items()]


@dataclass(frozen=True)
class Published:
    """A checkpoint that somebody else has trained, asked about the facts of a corpus."""

    name: str
    label: str
    corpus: str
    told: Mapping[str, Any]
    seeds: tuple[int, ...]
    """One: a corpus that nobody is trained on is the same for all."""
    family: str
    loading: Mapping[str, Any]
    """What it takes to load it (see `language/reading.py`)."""
    probe: Mapping[str, Any]
    gpus: int
    gpu_memory: int
    """MB that a job needs on each of its GPUs."""
    memory: int
    """MB that a job asks for of the host's."""

    trained = ()
    checkpoints = (0,)

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result depends on."""
        return {
            "corpus": dict(self.told),
            **self.loading,
            "checkpoints": list(self.checkpoints),
        }


def asked(cell: Learner | Published) -> dict[str, Any]:
    """All that the answers of a cell depend on beside its checkpoints: its settings, and how it is probed."""
    return {**cell.settings, "probe": dict(cell.probe)}


def corpus_variants(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The files that the settings of a corpus name, as (package, name)."""
    sources = [("language.corpus.facts", entry) for entry in told["facts"] if isinstance(entry, str)]
    sets = [
        ("language.corpus.sets", entry["set"])
        for entry in told["facts"]
        if not isinstance(entry, str) and "set" in entry
    ]
    return [*sources, *sets, ("language.corpus.designs", told["design"]["kind"])]


def corpus_files(told: Mapping[str, Any]) -> list[str]:
    """Files of the user's own that a corpus is made of."""
    own = [entry for entry in told["facts"] if not isinstance(entry, str) and "file" in entry]
    return [entry[key] for entry in own for key in ("file", "templates")]


class Language(NamedTuple):
    """All language models that a config knows."""

    learners: dict[str, Learner]
    published: dict[str, Published]


def resolve(config: Mapping[str, Any], first: int) -> Language:
    """The language models of a config.

    Args:
        config: its section `language`.
        first: the first master seed.

    Raises:
        ReversalError: one line naming the key, the value and what would fit.
    """
    corpora = {
        name: _filled("corpus", f"language.corpora.{name}", record)
        for name, record in inherited("corpus", {"language.corpora": config["corpora"]}).items()
    }
    sections = {f"language.{section}": config[section] for section in ("settings", "cells")}
    learners = inherited("learner", sections)
    published = inherited("published", {"language.published": config["published"]})
    return Language(
        {name: _learner(name, learners[name], corpora, first) for name in config["cells"]},
        {name: _published(name, record, corpora, first) for name, record in published.items()},
    )


def _filled(kind: str, where: str, record: Mapping[str, Any]) -> dict[str, Any]:
    node = validation.definition(kind)
    filled = validation.fill(node, dict(record))
    validation.check(node, filled, where)
    return filled


def _learner(name: str, record: Mapping[str, Any], corpora: Mapping[str, Any], first: int) -> Learner:
    where = f"language.cells.{name}"
    record = _filled("learner", where, record)
    known(record["corpus"], corpora, f"{where}.corpus", "corpora")
    for said in _contradictions(record):
        raise ReversalError(f"{where}.{said}")
    seeds = tuple(range(first, first + record.pop("seeds")))
    told = corpora[record["corpus"]]
    return Learner(**{**record, "name": name, "label": record["label"] or name, "told": told, "seeds": seeds})


def _contradictions(record: Mapping[str, Any]) -> Iterator[str]:
    model, objective = record["model"], record["objective"]["kind"]
    seen = registry.literals("language.train.architectures", model["kind"])["ATTENTION"]
    allowed = registry.literals("language.train.objectives", objective)["ATTENTION"]
    if seen not in allowed:
        yield f"model.kind: '{model['kind']}' is {seen}, and objective {objective} wants {' or '.join(allowed)}"
    if model["width"] % model["heads"]:
        yield f"model.heads: {model['heads']} does not divide width {model['width']}"


def _published(name: str, record: Mapping[str, Any], corpora: Mapping[str, Any], first: int) -> Published:
    where = f"language.published.{name}"
    record = _filled("published", where, record)
    known(record["corpus"], corpora, f"{where}.corpus", "corpora")
    own = {key: record.pop(key) for key in ("corpus", "family", "label", "gpus", "gpu_memory", "memory", "probe")}
    told = corpora[own["corpus"]]
    return Published(
        **{**own, "name": name, "label": own["label"] or name, "told": told, "seeds": (first,), "loading": record}
    )
