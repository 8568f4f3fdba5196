"""Records of a config by name, and what they are `like`."""

from collections.abc import Mapping
from typing import Any

from reversal import validation
from reversal.errors import ReversalError


def inherited(kind: str, sections: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every record with all that it is `like` underneath, held to the schema as far as it goes.

    What a record is like is held to it first, so that a mistake is named where it was made.

    Args:
        kind: which of the schema's `$defs` they are.
        sections: key of the config → its records by name; names are taken once in all of them.

    Raises:
        ReversalError: a record does not fit, is like none that is known, or like itself.
    """
    node = validation.definition(kind)
    homes = {name: section for section, records in sections.items() for name in records}
    found: dict[str, dict[str, Any]] = {}

    def inherit(name: str, heirs: tuple[str, ...]) -> dict[str, Any]:
        if name in found:
            return found[name]
        where, heirs = f"{homes[name]}.{name}", (*heirs, name)
        record = dict(sections[homes[name]][name])
        if "like" in record:
            parent = record.pop("like")
            known(parent, homes, f"{where}.like", f"records of {' and '.join(sections)}")
            if parent in heirs:
                raise ReversalError(f"{where}.like: {parent!r} leads back to {name!r}; break the circle")
            record = validation.overlay(node, inherit(parent, heirs), record)
        validation.check({**node, "required": []}, record, where)
        return found.setdefault(name, record)

    return {name: inherit(name, ()) for name in homes}


def known(name: Any, known: Mapping[str, Any], where: str, kind: str) -> None:
    """Refuse a name that is none of those known."""
    if not isinstance(name, str) or name not in known:
        near = validation.nearest(name, known)
        raise ReversalError(
            f"{where}: {validation.short(name)} is none of the {kind}{near}; one of: {', '.join(known)}"
        )
