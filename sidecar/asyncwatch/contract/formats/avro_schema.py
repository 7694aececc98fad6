"""Avro schemas as they stand in a document: types by their full names, each with its place.

References of the document count inside as well, so a field's type may stand in a file of its own. Names are known in
the order in which they are met, as Avro has it. Source: Avro 1.12 specification, Schema Declaration, Names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.broken_schema import BrokenSchema
from asyncwatch.contract.references import Documents
from asyncwatch.contract.schema_format import language_of
from asyncwatch.contract.sites import Pointer, Site, kind_of

PRIMITIVES: Final = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_FULL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_NAMED: Final = frozenset({"record", "error", "enum", "fixed"})
_MOST_LEVELS: Final = 64
_MOST_PARTS: Final = 50_000


@dataclass(slots=True)
class AvroField:
    """A field of a record; one with a default may be missing in Avro's JSON."""

    name: str
    type: AvroType
    has_default: bool
    site: Site


@dataclass(slots=True, eq=False)
class AvroType:
    """A type. `name` is its full name, or its kind where it has none; what a kind does not have stays empty."""

    kind: str
    name: str
    site: Site
    logical: str | None = None
    fields: list[AvroField] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    size: int = 0
    inner: tuple[AvroType, ...] = ()
    """The items of an array, the values of a map, the branches of a union."""
    plain: Any = None
    """The type without references to files, its names in full; one that was defined before is only named."""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class AvroSchema:
    """A schema, its named types, and what a decoder of Avro's binary form goes by."""

    root: AvroType
    types: Mapping[str, AvroType]
    parsed: object
    """As fastavro reads it."""


def read_avro(documents: Documents, site: Site) -> AvroSchema:
    """Read the schema at a site.

    Raises: Unresolvable; BrokenSchema with the place that is broken.
    """
    reader = _Reader(documents)
    root = reader.type(site, "", 0)
    return AvroSchema(root, reader.types, _second_opinion(root))


def _second_opinion(root: AvroType) -> object:
    """Let the library that will decode by a schema read it too.

    Raises: BrokenSchema.
    """
    import fastavro  # noqa: PLC0415 - most documents have no Avro

    refusals = (fastavro.schema.SchemaParseException, fastavro.schema.UnknownType, ValueError, TypeError, LookupError)
    try:
        return fastavro.parse_schema(root.plain)
    except (*refusals, AttributeError, RecursionError) as error:
        raise BrokenSchema(f"the Avro schema is refused: {quote(str(error), 160)}", root.site) from error


class _Reader:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: dict[tuple[str, Pointer, str], AvroType] = {}
        self.types: dict[str, AvroType] = {}

    def type(self, site: Site, space: str, level: int) -> AvroType:
        """Read one type; `space` is the namespace around it."""
        site = self._followed(site)
        key = (site.file, site.pointer, space)
        known = self._known.get(key)
        if known is not None:
            return _again(known)
        if level > _MOST_LEVELS:
            raise BrokenSchema(f"Avro types are nested deeper than {_MOST_LEVELS} levels", site)
        value = site.value
        if isinstance(value, str):
            return self._by_name(value, space, site)
        if isinstance(value, list):
            found = self._union(site, space, level)
        elif isinstance(value, dict):
            found = self._declared(site, space, level)
        else:
            raise BrokenSchema(f"an Avro type must be a name, an object or a list, not {kind_of(value)}", site)
        if found.weight > _MOST_PARTS:
            raise BrokenSchema(f"an Avro schema with more than {_MOST_PARTS:,} parts", site)
        self._known[key] = found
        return found

    def _followed(self, site: Site) -> Site:
        """Follow references, and take the schema out of a Multi Format Schema Object."""
        site = self._documents.follow(site)
        schema_format = site.value.get("schemaFormat") if isinstance(site.value, dict) else None
        inner = site.child("schema") if isinstance(schema_format, str) else None
        if inner is None or not isinstance(schema_format, str):
            return site
        language = language_of(schema_format)
        if language is None or language.family != "avro":
            raise BrokenSchema(f"{quote(schema_format, 120)} inside an Avro schema", site)
        return self._documents.follow(inner)

    def _by_name(self, name: str, space: str, site: Site) -> AvroType:
        if name in PRIMITIVES:
            return AvroType(name, name, site, plain=name)
        if _FULL_NAME.fullmatch(name) is not None:
            found = self.types.get(_full_name(name, space)) or self.types.get(name)
            if found is not None:
                return _again(found)
        raise BrokenSchema(f"{quote(name)} is no type of Avro, and none that was declared before", site)

    def _declared(self, site: Site, space: str, level: int) -> AvroType:
        kind_site = site.child("type")
        if kind_site is None:
            raise BrokenSchema("an Avro type without `type`", site)
        kind, logical = kind_site.value, site.child("logicalType")
        if not isinstance(kind, str):
            return self.type(kind_site, space, level + 1)
        if kind in _NAMED:
            return self._named(kind, site, space, level)
        if kind in {"array", "map"}:
            member = "items" if kind == "array" else "values"
            inner_site = site.child(member)
            if inner_site is None:
                raise BrokenSchema(f"an Avro {kind} without `{member}`", site)
            inner = self.type(inner_site, space, level + 1)
            return AvroType(
                kind, kind, site, inner=(inner,), plain={"type": kind, member: inner.plain}, weight=inner.weight + 1
            )
        found = self._by_name(kind, space, kind_site)
        if found.kind in PRIMITIVES and logical is not None and isinstance(logical.value, str):
            attributes = {name: one for name, one in _mapping(site).items() if name in {"precision", "scale"}}
            found.logical = logical.value
            found.plain = {"type": kind, "logicalType": logical.value, **attributes}
        return found

    def _named(self, kind: str, site: Site, space: str, level: int) -> AvroType:
        value = _mapping(site)
        name, own_space = value.get("name"), value.get("namespace")
        if not isinstance(name, str) or _FULL_NAME.fullmatch(name) is None:
            shown = f", not {quote(name)}" if isinstance(name, str) else ""
            raise BrokenSchema(
                f"an Avro {kind} needs a name of letters, digits and _{shown}", site.child("name") or site
            )
        if isinstance(own_space, str) and own_space and _FULL_NAME.fullmatch(own_space) is None:
            raise BrokenSchema(f"{quote(own_space)} is no namespace of Avro", site.child("namespace") or site)
        full = _full_name(name, own_space if isinstance(own_space, str) else space)
        before = self.types.get(full)
        if before is not None and (before.site.file, before.site.pointer) == (site.file, site.pointer):
            return _again(before)  # a reference into the record that it stands in
        if before is not None or full in PRIMITIVES:
            raise BrokenSchema(f"the Avro type {quote(full)} is declared twice", site.child("name") or site)
        found = self.types[full] = AvroType(kind, full, site)
        plain: dict[str, object] = {"type": kind, "name": full}
        found.plain = plain
        if kind == "enum":
            self._enum(found, plain)
        elif kind == "fixed":
            self._fixed(found, plain)
        else:
            self._record(found, plain, full.rpartition(".")[0], level)
        return found

    def _enum(self, found: AvroType, plain: dict[str, object]) -> None:
        site = found.site.child("symbols")
        symbols = site.value if site is not None else None
        if site is None or not isinstance(symbols, list) or not symbols:
            raise BrokenSchema("an Avro enum without `symbols`", site or found.site)
        for one in site.items():
            if not isinstance(one.value, str) or _NAME.fullmatch(one.value) is None:
                raise BrokenSchema("a symbol of an Avro enum must be a name of letters, digits and _", one)
        if len(set(symbols)) < len(symbols):
            raise BrokenSchema("an Avro enum with the same symbol twice", site)
        found.symbols, found.weight = tuple(symbols), len(symbols)
        plain["symbols"] = symbols
        if "default" in _mapping(found.site):
            plain["default"] = _mapping(found.site)["default"]

    def _fixed(self, found: AvroType, plain: dict[str, object]) -> None:
        value = _mapping(found.site)
        size, logical = value.get("size"), value.get("logicalType")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 1 << 31:
            raise BrokenSchema("an Avro fixed needs a `size` in bytes", found.site.child("size") or found.site)
        found.size = size
        plain["size"] = size
        if isinstance(logical, str):
            found.logical = logical
            plain |= {name: value[name] for name in ("logicalType", "precision", "scale") if name in value}

    def _record(self, found: AvroType, plain: dict[str, object], space: str, level: int) -> None:
        site = found.site.child("fields")
        if site is None or not isinstance(site.value, list):
            raise BrokenSchema("an Avro record without a list of `fields`", site or found.site)
        plain_fields: list[object] = []
        plain["fields"] = plain_fields
        names: set[str] = set()
        for one in site.items():
            value = _mapping(one)
            name, type_site = value.get("name"), one.child("type")
            if not isinstance(name, str) or _NAME.fullmatch(name) is None:
                raise BrokenSchema("a field of an Avro record needs a name of letters, digits and _", one)
            if name in names:
                raise BrokenSchema(f"the field {quote(name)} stands twice in an Avro record", one)
            if type_site is None:
                raise BrokenSchema(f"the field {quote(name)} has no type", one)
            names.add(name)
            inner = self._field_type(type_site, space, level)
            found.fields.append(AvroField(name, inner, "default" in value, one))
            found.weight += inner.weight
            stated: dict[str, object] = {"name": name, "type": inner.plain}
            if "default" in value and self._is_taken(value["default"], inner, one):
                stated["default"] = value["default"]
            plain_fields.append(stated)

    def _field_type(self, site: Site, space: str, level: int) -> AvroType:
        """Read a field's type; `{name, type: array, items}` is a slip that is told in words."""
        if isinstance(site.value, str) and site.value in {"array", "map", *_NAMED}:
            raise BrokenSchema(
                f"the type {site.value} of a field must be an object of its own: type: {{type: {site.value}, …}}", site
            )
        return self.type(site, space, level + 1)

    def _is_taken(self, default: object, kind: AvroType, one: Site) -> bool:
        """Tell whether a default can be one of its type; one that cannot says only that the field may be missing."""
        kinds = _kinds(kind)
        if kind_of(default) in kinds:
            return True
        self._documents.findings.add(
            "document.schema", "warning",
            f"the default of an Avro field is {kind_of(default)}, its type takes {' or '.join(sorted(kinds))}",
            one.child("default") or one,
        )  # fmt: skip
        return False

    def _union(self, site: Site, space: str, level: int) -> AvroType:
        branches: list[AvroType] = []
        names: set[str] = set()
        for one in site.items():
            branch = self.type(one, space, level + 1)
            if branch.kind == "union":
                raise BrokenSchema("an Avro union must not hold a union", one)
            if branch.name in names:
                raise BrokenSchema(f"an Avro union holds {quote(branch.name)} twice", one)
            names.add(branch.name)
            branches.append(branch)
        if not branches:
            raise BrokenSchema("an Avro union without branches", site)
        weight = 1 + sum(branch.weight for branch in branches)
        plain = [branch.plain for branch in branches]
        return AvroType("union", "union", site, inner=tuple(branches), plain=plain, weight=weight)


def _again(known: AvroType) -> AvroType:
    """Give a type that was met before: a named one is only named now."""
    if known.name == known.kind:
        return known
    return AvroType(
        known.kind, known.name, known.site, known.logical, known.fields, known.symbols, known.size, known.inner,
        plain=known.name, weight=1,
    )  # fmt: skip


def _full_name(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _mapping(site: Site) -> dict[str, object]:
    return site.value if isinstance(site.value, dict) else {}


_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "null": ("null",), "boolean": ("boolean",), "int": ("integer",), "long": ("integer",),
    "float": ("number", "integer"), "double": ("number", "integer"), "bytes": ("string",), "string": ("string",),
    "fixed": ("string",), "enum": ("string",), "array": ("array",), "map": ("object",), "record": ("object",),
    "error": ("object",),
}  # fmt: skip


def _kinds(one: AvroType) -> set[str]:
    """Give the JSON types that a default of a type may have."""
    types = one.inner if one.kind == "union" else (one,)
    return {kind for branch in types for kind in _KINDS[branch.kind]}
