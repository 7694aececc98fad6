"""What fields of one object have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping

from asyncwatch.contract.grammar.language import Rule


def at_least_one(*names: str) -> Rule:
    """One of some fields is there."""

    def rule(value: Mapping[str, object]) -> tuple[str | None, str] | None:
        if any(name in value for name in names):
            return None
        return None, "needs " + " or ".join(f"'{name}'" for name in names)

    return rule


def without(name: str, why: str) -> Rule:
    """A field does not stand here."""

    def rule(value: Mapping[str, object]) -> tuple[str | None, str] | None:
        return (name, why) if name in value else None

    return rule


def only_with(name: str, by: str, wanted: str) -> Rule:
    """A field stands only where another one has a certain value."""

    def rule(value: Mapping[str, object]) -> tuple[str | None, str] | None:
        if name not in value or value.get(by) == wanted:
            return None
        return name, f"'{name}' stands only where '{by}' is '{wanted}'"

    return rule


def either_by(by: str, fields: Mapping[str, str]) -> Rule:
    """The text of a field tells which one of others is there; without it, exactly one of them is."""

    def rule(value: Mapping[str, object]) -> tuple[str | None, str] | None:
        chosen = value.get(by)
        present = [name for name in fields.values() if name in value]
        if by not in value:
            if len(present) == 1:
                return None
            names = " or ".join(f"'{name}'" for name in fields.values())
            return (present[1], f"has {names}, not both") if present else (None, f"needs {names}")
        wanted = fields.get(chosen) if isinstance(chosen, str) else None
        if wanted is None:
            return None  # the field's own kind says so
        for name in present:
            if name != wanted:
                return name, f"'{name}' does not stand where '{by}' is '{chosen}'"
        return None if wanted in value else (None, f"needs '{wanted}' because '{by}' is '{chosen}'")

    return rule
