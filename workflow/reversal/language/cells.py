"""The language models of a study: those that are trained here, and published checkpoints. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reversal import registry


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
    probe: Mapping[str, Any]

    @property
    def family(self) -> str:
        """The model family, by which figures colour."""
        return registry.literals("language.objectives", self.objective["kind"])["FAMILY"]

    @property
    def trained(self) -> tuple[str, ...]:
        """The queries that the objective trains, which the gate looks at."""
        return tuple(registry.literals("language.objectives", self.objective["kind"])["TRAINED"])

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Optimiser steps before which parameters are kept: none and all."""
        return 0, self.optimisation["steps"]

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result of a run depends on, beside its seed."""
        parts = ("tokenizer", "model", "objective", "optimisation")
        return {"corpus": dict(self.told)} | {part: dict(getattr(self, part)) for part in parts} | self._asked

    @property
    def _asked(self) -> dict[str, Any]:
        return {"probe": dict(self.probe), "checkpoints": list(self.checkpoints)}

    @property
    def variants(self) -> list[tuple[str, str]]:
        """The files that the training's settings name, as (package, name)."""
        named = {"tokenizers": self.tokenizer, "architectures": self.model, "objectives": self.objective}
        return [(f"language.{package}", part["kind"]) for package, part in named.items()]


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
    memory: int
    """MB that a job asks for."""

    trained = ()
    checkpoints = (0,)

    @property
    def settings(self) -> dict[str, Any]:
        """All that the result depends on."""
        return {
            "corpus": dict(self.told),
            **self.loading,
            "probe": dict(self.probe),
            "checkpoints": list(self.checkpoints),
        }


def corpus_variants(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The files that the settings of a corpus name, as (package, name)."""
    sources = [("language.facts", entry) for entry in told["facts"] if isinstance(entry, str)]
    sets = [("language.sets", entry["set"]) for entry in told["facts"] if not isinstance(entry, str) and "set" in entry]
    return [*sources, *sets, ("language.designs", told["design"]["kind"])]


def corpus_files(told: Mapping[str, Any]) -> list[str]:
    """Files of the user's own that a corpus is made of."""
    own = [entry for entry in told["facts"] if not isinstance(entry, str) and "file" in entry]
    return [entry[key] for entry in own for key in ("file", "templates")]
