"""How a binding's versions are written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.language import TEXT, ByValue, Choice, Field, Kind, Named, Record, Referable, Rule

SCHEMA: Final = Named("schema")
Fields = Mapping[str, Field | Kind]


def binding(
    protocol: str,
    versions: Mapping[str, Fields],
    *,
    earlier: tuple[str, ...] = (),
    rules: tuple[Rule, ...] = (),
    is_open: bool = False,
    extends: bool = True,
) -> ByValue:
    """Give a binding by its versions, the latest first: it is meant where none is named.

    `earlier` are versions that the bindings' text had and the official tools of 3.x no longer know.
    """
    noun = f"the {protocol} binding"
    kinds: dict[str, Kind] = {
        version: Record(
            f"{noun} {version}", {"bindingVersion": TEXT, **fields}, rules=rules, is_open=is_open, extends=extends
        )
        for version, fields in versions.items()
    }
    return ByValue(noun, "bindingVersion", kinds, absent=next(iter(versions)), tolerated=earlier)


def or_schema(kind: Kind) -> Referable:
    """A value, or a schema that describes it."""
    return Referable(Choice(lambda value: SCHEMA if isinstance(value, dict | bool) else kind))


def part(noun: str, fields: Fields, *, is_open: bool = True, extends: bool = True) -> Record:
    """An object inside a binding; most of them may hold more than is listed."""
    return Record(noun, fields, is_open=is_open, extends=extends)
