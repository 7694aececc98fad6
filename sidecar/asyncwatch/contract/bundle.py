"""A schema with everything it refers to as one schema without outside references.

Every target of a reference stands once in `definitions`, under the last part of its pointer, so recursive schemas stay
finite; a root that is referred to stands there too. `$id` is dropped: it has no say in AsyncAPI's references.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

from asyncwatch.contract.keywords import LISTS, MAPS, SINGLE, subschemas
from asyncwatch.contract.origins import Origins
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schema_format import Dialect, dialect_of
from asyncwatch.contract.sites import Site

Bundle = dict[str, object] | bool

_MOST_PARTS: Final = 200_000
_DEFINITIONS: Final = "#/definitions/"
_OWN_REFERENCES: Final[frozenset[str]] = frozenset({"2019-09", "2020-12"})
"""Dialects in which keywords beside `$ref` count, and in which anchors are looked for."""


class UnusableSchema(Unresolvable):
    """A schema that cannot be put together."""


def bundle_schema(documents: Documents, site: Site, dialect: Dialect) -> tuple[Bundle, Origins]:
    """Put a schema and everything it refers to into one, and tell where its parts come from.

    Raises: Unresolvable.
    """
    bundler = _Bundler(documents, dialect)
    return bundler.run(site), Origins(documents, bundler.root, bundler.definitions)


class _Bundler:
    def __init__(self, documents: Documents, dialect: Dialect) -> None:
        self._documents = documents
        self._keeps_siblings = dialect in _OWN_REFERENCES
        self._names: dict[tuple[str, tuple[str | int, ...]], str] = {}
        self._taken: set[str] = set()
        self._waiting: list[tuple[str, Site]] = []
        self._parts = 0
        self.root: Site
        self.definitions: dict[str, Site] = {}

    def run(self, site: Site) -> Bundle:
        end = self._documents.follow(site)  # also where siblings count: a circle is found
        root = site if self._keeps_siblings else _unwrap(self._documents, end)
        self.root = root
        bundled = self._schema(root)
        definitions: dict[str, object] = {}
        while self._waiting:
            name, target = self._waiting.pop()
            definitions[name] = self._schema(target)
            self.definitions[name] = target
        if isinstance(bundled, bool):
            return bundled
        own = self._names.get((root.file, root.pointer)) if self._documents.is_original(root) else None
        if own is not None:
            bundled = {"$ref": write_definition(own)}
        if definitions:
            bundled["definitions"] = dict(sorted(definitions.items()))
        return bundled

    def _schema(self, site: Site) -> dict[str, object] | bool:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise UnusableSchema(f"a schema with more than {_MOST_PARTS:,} parts", "document.schema")
        value = site.value
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            raise UnusableSchema("a schema must be an object, true or false", "document.schema")
        reference = site.reference
        is_anchor = self._keeps_siblings and reference is not None and _is_anchor(reference)
        bundled: dict[str, object] = {}
        if reference is not None and not is_anchor:
            end = self._documents.follow(site)
            target = self._documents.resolve(site.file, reference) if self._keeps_siblings else end
            bundled["$ref"] = self._reference(target)
            if not self._keeps_siblings:
                return bundled
        for key, part in site.members():
            self._member(bundled, key, part, keeps_reference=is_anchor)
        return bundled

    def _member(self, bundled: dict[str, object], key: str, part: Site, *, keeps_reference: bool) -> None:
        value = part.value
        if key in {"$schema", "$id"} or (key == "id" and isinstance(value, str)):
            return
        if key == "$ref" and not keeps_reference:
            return
        if key in {"definitions", "$defs"}:
            if self._keeps_siblings and key == "$defs" and isinstance(value, dict):
                bundled[key] = {name: self._schema(inner) for name, inner in part.members()}
        elif key in MAPS and isinstance(value, dict):
            bundled[key] = {
                name: inner.value if isinstance(inner.value, list) else self._schema(inner)
                for name, inner in part.members()
            }
        elif key in LISTS and isinstance(value, list):
            bundled[key] = [self._schema(item) for item in part.items()]
        elif key in SINGLE and isinstance(value, dict | bool):
            bundled[key] = self._schema(part)
        else:
            bundled[key] = value

    def _reference(self, target: Site) -> str:
        """Give the reference to a target inside the bundle, and see that it will stand there."""
        target = _unwrap(self._documents, target)
        key = (target.file, target.pointer)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = self._free_name(target)
            self._waiting.append((name, target))
        return write_definition(name)

    def _free_name(self, target: Site) -> str:
        last = next((part for part in reversed(target.pointer) if isinstance(part, str)), "document.schema")
        name, number = last, 1
        while name in self._taken:
            number += 1
            name = f"{last}-{number}"
        self._taken.add(name)
        return name


def write_definition(name: str) -> str:
    """Write the reference to a definition of a bundle."""
    return _DEFINITIONS + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


def read_definition(reference: str) -> str | None:
    """Give the name of the definition that a bundle's inner reference stands for; None for an anchor."""
    if not reference.startswith(_DEFINITIONS):
        return None
    return unquote(reference.removeprefix(_DEFINITIONS)).replace("~1", "/").replace("~0", "~")


def outline(part: object) -> tuple[set[str], int]:
    """Give the names of the definitions that a part refers to itself, and the number of its schemas."""
    names: set[str] = set()
    waiting, weight = [part], 0
    while waiting:
        schema = waiting.pop()
        weight += 1
        if isinstance(schema, dict):
            reference = schema.get("$ref")
            name = read_definition(reference) if isinstance(reference, str) else None
            if name is not None:
                names.add(name)
            waiting.extend(inner for _, inner in subschemas(schema))
    return names, weight


def _unwrap(documents: Documents, site: Site) -> Site:
    """Take the schema out of a Multi Format Schema Object."""
    if isinstance(site.value, dict) and isinstance(site.value.get("schemaFormat"), str):
        inner = site.child("schema")
        if inner is not None:
            if dialect_of(site.value["schemaFormat"]) is None:
                raise UnusableSchema(f"schema format {site.value['schemaFormat'][:120]}", "document.schema-format")
            return documents.follow(inner)
    return site


def _is_anchor(reference: str) -> bool:
    return reference.startswith("#") and not reference.startswith("#/") and len(reference) > 1
