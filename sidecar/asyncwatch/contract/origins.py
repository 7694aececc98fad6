"""Where the parts of a bundled schema stand in the document.

A bundle keeps the shape of what it was made of: below its root, and below each definition, the way to a part is the
way inside the file. So the place of the root and of each definition is all that has to be kept. What was translated
from another format has places of its own instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.keywords import SchemaPath
from asyncwatch.contract.references import Documents
from asyncwatch.contract.sites import Site, read_pointer

_NAMES = frozenset({"required", "dependentRequired", "dependencies"})
"""Keywords with a list of names, of which one is missing."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The places from which a bundle was put together."""

    documents: Documents
    root: Site
    definitions: Mapping[str, Site]
    places: Mapping[tuple[str, ...], Site] = field(default_factory=dict)
    """Where the parts of a translated schema come from, by their ways inside the bundle; else empty."""

    def position(self, schema_path: str, keyword: str | None, missing: str | None) -> Position:
        """Give the place of a keyword of the bundle, or of the nearest part around it that stands in a file.

        `schema_path` is that of a fault; `missing` the name that a `required` misses: its own line is given.
        """
        path: SchemaPath = read_pointer(schema_path.removeprefix("#"))
        if self.places:
            return self._translated((*path, missing) if keyword in _NAMES and missing is not None else path)
        site, inner = self.root, path
        if len(path) >= 2 and path[0] == "definitions" and path[1] in self.definitions:
            site, inner = self.definitions[str(path[1])], path[2:]
        if keyword in _NAMES and missing is not None:
            inner = _with_name(site.value, inner, missing)
        return self.documents.position_inside(site, inner)

    def _translated(self, path: SchemaPath) -> Position:
        """Give the place of the nearest part around a way that comes from the file."""
        way = tuple(map(str, path))
        found = (self.places[way[:length]] for length in range(len(way), -1, -1) if way[:length] in self.places)
        return self.documents.position_inside(next(found, self.root), ())


def _with_name(value: object, inner: SchemaPath, missing: str) -> SchemaPath:
    """Lead on to the missing name where the list that holds it stands."""
    for part in inner:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            value = value[int(part)] if str(part).isdecimal() and int(part) < len(value) else None
    return (*inner, value.index(missing)) if isinstance(value, list) and missing in value else inner
