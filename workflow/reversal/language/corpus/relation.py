"""A relation: what its entities are, where its facts are from, and the sentences that tell them, read from YAML."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from reversal import yaml_text
from reversal.errors import ReversalError
from reversal.language.corpus.template import ORDER, fault

SCHEMA = Path(__file__).parents[3] / "schemas" / "templates.schema.yaml"


@dataclass(frozen=True)
class Relation:
    """What `workflow/schemas/templates.schema.yaml` says."""

    name: str
    head: str
    tail: str
    source: str
    licence: str
    forward: tuple[str, ...]
    reverse: tuple[str, ...]
    sign: str = "-"

    def said_of(self, origin: str) -> "Relation":
        """The same relation, its source more precisely given: which version of which library, or which file."""
        return replace(self, source=f"{self.source}: {origin}" if self.source else origin)


def read(path: str | Path) -> dict[str, Relation]:
    """The relations of a YAML file by name.

    Raises:
        ReversalError: the file cannot be read, or a relation or a template in it will not do.
    """
    path = Path(path)
    try:
        content = yaml_text.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReversalError(
            f"{path}: the templates cannot be read ({error.strerror}); name a YAML file of templates"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ReversalError(f"{path}: the templates are no YAML ({error}); mend the file") from None
    for where, value, said in _faults(content):
        raise ReversalError(f"{path}: {where or 'the whole'}: {value!r:.120} will not do; {said}")
    return {name: _relation(name, record) for name, record in content.items()}


def _faults(content: Any) -> Iterator[tuple[str, Any, str]]:
    """What is wrong where, what the schema says first, the deepest before what lies around it."""
    schema = jsonschema.Draft202012Validator(yaml_text.load(SCHEMA.read_text(encoding="utf-8")))
    errors = sorted(schema.iter_errors(content), key=lambda error: -len(error.absolute_path))
    for error in errors:
        where = ".".join(map(str, error.absolute_path))
        yield where, error.instance, f"{error.message:.160}: see workflow/schemas/{SCHEMA.name}"
    for name, record in content.items():
        for direction in ORDER:
            for place, template in enumerate(record[direction]):
                said = fault(template, direction)
                if said:
                    yield f"{name}.{direction}.{place}", template, said


def _relation(name: str, record: dict[str, Any]) -> Relation:
    return Relation(
        name=name,
        head=record["head"],
        tail=record["tail"],
        source=record.get("source", ""),
        licence=record.get("licence", "not stated"),
        forward=tuple(record["forward"]),
        reverse=tuple(record["reverse"]),
        sign=record.get("sign", Relation.sign),
    )
