"""A value of a document together with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A part of a file: `pointer` leads to `value` in `file` (a real path)."""

    file: str
    pointer: Pointer
    value: object

    def child(self, key: str) -> Site | None:
        """Give a member of a mapping, None if there is none."""
        if isinstance(self.value, dict) and key in self.value:
            return Site(self.file, (*self.pointer, key), self.value[key])
        return None

    def members(self) -> Iterator[tuple[str, Site]]:
        """Give a mapping's members in their order; nothing for any other value."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Site(self.file, (*self.pointer, key), value)

    def items(self) -> Iterator[Site]:
        """Give a list's items; nothing for any other value."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Site(self.file, (*self.pointer, index), value)

    @property
    def reference(self) -> str | None:
        """The text of a Reference Object, None for anything else."""
        if isinstance(self.value, dict):
            reference = self.value.get("$ref")
            return reference if isinstance(reference, str) else None
        return None


@dataclass(frozen=True, slots=True)
class MergedSite(Site):
    """An object that was put together from several: its members keep the places they came from.

    Its own place is that of what the others were merged into.
    """

    parts: Mapping[str, Site]

    def child(self, key: str) -> Site | None:
        """Give a member, where it came from."""
        return self.parts.get(key)

    def members(self) -> Iterator[tuple[str, Site]]:
        """Give the members in their order, each where it came from."""
        yield from self.parts.items()


def write_pointer(parts: Sequence[str | int]) -> str:
    """Write a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def read_pointer(pointer: str) -> tuple[str, ...]:
    """Read a JSON pointer; what does not begin with `/` is the whole."""
    if not pointer.startswith("/"):
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def kind_of(value: object) -> str:
    """Name a value's JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case _:
            return "object"
