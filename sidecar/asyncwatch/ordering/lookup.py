"""Where in a message a value stands, as a column of a batch.

Source: AsyncAPI runtime expressions; facts on ordering A1 (the usual names).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asyncwatch.contract.expressions import parse_expression
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route


@dataclass(frozen=True, slots=True)
class Lookup:
    """A header (lower case) or a place in the payload."""

    header: str | None
    pointer: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"header {self.header}"
            if self.header is not None
            else "payload " + "".join(f"/{part}" for part in self.pointer)
        )

    def column(self, obs: Observation) -> Sequence[object] | None:
        """Give the value of each row, None where there is none; None when no row has one."""
        if self.header is not None:
            return present(obs, self.header)
        return payload_column(obs, self.pointer)


def lookup(expression: str | None) -> Lookup | None:
    """Read a runtime expression; None if it is none, or names no single value."""
    parsed = None if expression is None else parse_expression(expression)
    if parsed is None or (parsed.source == "header" and not parsed.pointer):
        return None
    if parsed.source == "header":
        return Lookup("/".join(parsed.pointer).lower(), ())
    return Lookup(None, parsed.pointer)


def present(obs: Observation, header: str) -> Sequence[object] | None:
    """Give a header's column; None when no message of the batch has the header."""
    slot = obs.route.slots.get(header)
    if slot is None:
        return None
    column = obs.fields[slot]
    return None if column == [None] * len(column) else column


def first_present(obs: Observation, headers: Iterable[str]) -> tuple[str, list[object]] | None:
    """Give each row's value of the first of several headers that it has, and the first name that was met."""
    found: tuple[str, list[object]] | None = None
    for header in headers:
        column = present(obs, header)
        if column is None:
            continue
        if found is None:
            found = header, list(column)
        else:
            merged = found[1]
            for row, value in enumerate(merged):
                if value is None:
                    merged[row] = column[row]
        if None not in found[1]:
            break
    return found


def payload_column(obs: Observation, pointer: tuple[str, ...]) -> list[object] | None:
    """Give what stands at a place of each decoded payload; None when nothing was decoded."""
    values = obs.values
    if values is None:
        return None
    if len(pointer) == 1:
        name = pointer[0]
        return [value.get(name) if value.__class__ is dict else None for value in values]
    return [resolve(value, pointer) for value in values]


def resolve(value: object, pointer: tuple[str, ...]) -> object:
    """Follow a JSON pointer; None where it leads nowhere."""
    for part in pointer:
        if isinstance(value, dict):
            value = value.get(part)
        elif (
            isinstance(value, list) and part.isdecimal() and part.isascii() and len(part) < 8 and int(part) < len(value)
        ):
            value = value[int(part)]
        else:
            return None
    return value


def declared_integers(route: Route, names: Iterable[str]) -> dict[str, frozenset[int]]:
    """Give, for each name, the candidates whose payload schema declares it as an integer (settled 29)."""
    found: dict[str, frozenset[int]] = {}
    for name in names:
        indexes = frozenset(
            index
            for index, candidate in enumerate(route.candidates)
            if candidate.payload is not None and candidate.payload.property_types(name) in _INTEGER
        )
        if indexes:
            found[name] = indexes
    return found


_INTEGER = (frozenset({"integer"}), frozenset({"integer", "null"}))
