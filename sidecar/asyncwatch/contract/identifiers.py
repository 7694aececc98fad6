"""What JSON Schema's own identifiers say about references: `$id`, anchors, and anchors found by the way one came.

In the formats of JSON Schema a reference is resolved against the nearest `$id` around it; where there is none, it is a
JSON Reference like all others of the document. Nothing is fetched that the document's references could not reach.
Source: JSON Schema draft-04 §7.2, draft-06 and 07 §8.2, 2019-09 and 2020-12 §8.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from asyncwatch.contract.findings import quote as shown
from asyncwatch.contract.keywords import subschemas
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schema_format import Dialect
from asyncwatch.contract.sites import Pointer, Site

_MOST_SCHEMAS: Final = 200_000
_RECURSIVE: Final = ""
"""The name under which `$recursiveAnchor: true` is kept: no anchor is called so."""

Plain = set[tuple[str, Pointer, Dialect]]
Scope = Mapping[str, Site]
"""Dynamic anchors that were met on the way to a schema, the outermost of each name."""


@dataclass(slots=True)
class Resource:
    """A schema with an identifier of its own, or the whole file around those without one."""

    uri: str
    root: Site
    is_identified: bool
    anchors: dict[str, Site] = field(default_factory=dict)
    dynamic: dict[str, Site] = field(default_factory=dict)


class Identifiers:
    """Finds the targets of references by the rules of one dialect.

    `plain` remembers the parts of files in which no schema calls itself anything, over all schemas of a document.
    """

    def __init__(self, documents: Documents, dialect: Dialect, plain: Plain) -> None:
        self._documents = documents
        self._plain = plain
        self._id = "id" if dialect == "draft-04" else "$id"
        self._old = dialect in {"draft-04", "draft-06", "draft-07"}
        self._dialect = dialect
        self._by_uri: dict[str, Resource] = {}
        self._at: dict[tuple[str, Pointer], Resource] = {}
        self._left = _MOST_SCHEMAS

    def enter(self, site: Site, scope: Scope) -> Scope:
        """Give the scope inside a schema that was reached under `scope`."""
        dynamic = self.resource_of(site).dynamic
        return scope if not dynamic or dynamic.keys() <= scope.keys() else {**dynamic, **scope}

    def resource_of(self, site: Site) -> Resource:
        """Give the resource that a schema belongs to; what is met for the first time is looked through for more."""
        for length in range(len(site.pointer), -1, -1):
            found = self._at.get((site.file, site.pointer[:length]))
            if found is not None:
                return found
        return self._look_through(site)

    def dialect_of(self, site: Site) -> str | None:
        """Give the `$schema` of the resource that a schema belongs to, None if it names none."""
        root = self.resource_of(site).root.value
        named = root.get("$schema") if isinstance(root, dict) else None
        return named if isinstance(named, str) else None

    def resolve(self, site: Site, reference: str) -> Site:
        """Give the target of a `$ref` that stands in a schema.

        Raises: Unresolvable.
        """
        return self._resolve(site, reference)[0]

    def resolve_dynamic(self, site: Site, reference: str, scope: Scope) -> Site:
        """Give the target of a `$dynamicRef` or `$recursiveRef` for the way that was taken to it.

        Raises: Unresolvable.
        """
        target, resource = self._resolve(site, reference)
        name = unquote(reference.partition("#")[2]) if self._dialect == "2020-12" else _RECURSIVE
        own = resource.dynamic.get(name)
        if own is None or (own.file, own.pointer) != (target.file, target.pointer):
            return target
        return scope.get(name, target)

    def _resolve(self, site: Site, reference: str) -> tuple[Site, Resource]:
        here = self.resource_of(site)
        address, _, fragment = reference.partition("#")
        name = unquote(fragment)
        is_pointer = not name or name.startswith("/")
        resource = self._by_uri.get(_joined(here.uri, address)) if address else here
        if resource is None:
            return self._outside(site, here, address, fragment)
        if not is_pointer:
            if name in resource.anchors:
                return resource.anchors[name], resource
        elif resource.is_identified:
            found = _walk(resource.root, name)
            if found is not None:
                return found, self.resource_of(found)
        if resource is not here:
            return self._outside(site, here, address, fragment)
        try:
            found = self._documents.resolve(site.file, "#" + fragment)
        except Unresolvable:
            inner = _walk(here.root, name) if is_pointer else None  # a schema that was pasted in as it was
            if inner is None:
                raise
            found = inner
        return found, self.resource_of(found)

    def _outside(self, site: Site, here: Resource, address: str, fragment: str) -> tuple[Site, Resource]:
        """Follow a reference into another file."""
        target = _joined(here.uri, address) if here.is_identified or "://" in site.file else address
        if here.is_identified and urlsplit(target).scheme in {"file", ""}:
            target = urlsplit(target).path
        root = self._documents.resolve(site.file, target)
        resource = self.resource_of(root)
        name = unquote(fragment)
        if name and not name.startswith("/") and name in resource.anchors:
            return resource.anchors[name], resource
        found = _walk(root, name) if not name or name.startswith("/") else None
        if found is None:
            found = self._documents.resolve(site.file, f"{target}#{fragment}")
        return found, self.resource_of(found)

    def _look_through(self, site: Site) -> Resource:
        """Note the identifiers at and below a schema."""
        base = site.file if "://" in site.file else "file://" + quote(site.file)
        outer = Resource(base, site, is_identified=False)
        self._at[site.file, site.pointer] = outer
        if not site.pointer:
            self._by_uri.setdefault(base, outer)
        key = (site.file, site.pointer, self._dialect)
        is_original = self._documents.is_original(site)
        if is_original and key in self._plain:
            return outer
        before = len(self._at)
        waiting = [(site, outer)]
        while waiting and self._left > 0:
            self._left -= 1
            schema, resource = waiting.pop()
            if not isinstance(schema.value, dict) or (self._old and schema.reference is not None):
                continue
            resource = self._note(schema, resource)
            for path, inner in subschemas(schema.value):
                waiting.append((Site(schema.file, (*schema.pointer, *path), inner), resource))
        found = self._at[site.file, site.pointer]
        is_plain = found is outer and len(self._at) == before and not outer.anchors and not outer.dynamic
        if is_plain and is_original and self._left > 0:
            self._plain.add(key)
        return found

    def _note(self, schema: Site, around: Resource) -> Resource:
        """Note what a schema calls itself."""
        assert isinstance(schema.value, dict)  # the caller looked
        resource, value = around, schema.value
        identifier = value.get(self._id)
        if isinstance(identifier, str):
            address, _, fragment = identifier.partition("#")
            if address:
                try:
                    uri = urljoin(around.uri, address)
                except ValueError:
                    return around  # it names nothing
                resource = Resource(uri, schema, is_identified=True)
                self._at[schema.file, schema.pointer] = resource
                self._by_uri.setdefault(resource.uri, resource)
            if fragment and self._old:
                resource.anchors.setdefault(unquote(fragment), schema)
        if not self._old:
            anchor, dynamic = value.get("$anchor"), value.get("$dynamicAnchor")
            if isinstance(anchor, str):
                resource.anchors.setdefault(anchor, schema)
            if isinstance(dynamic, str) and self._dialect == "2020-12":
                resource.anchors.setdefault(dynamic, schema)
                resource.dynamic.setdefault(dynamic, schema)
            if value.get("$recursiveAnchor") is True and self._dialect == "2019-09" and schema is resource.root:
                resource.dynamic.setdefault(_RECURSIVE, schema)
        return resource


def _joined(base: str, address: str) -> str:
    """Resolve an address against another.

    Raises: Unresolvable.
    """
    try:
        return urljoin(base, address)
    except ValueError:
        raise Unresolvable(f"{shown(address)} is no address") from None


def _walk(site: Site, pointer: str) -> Site | None:
    """Follow a decoded JSON pointer through plain members."""
    if not pointer:
        return site
    found: Site | None = site
    for raw in pointer[1:].split("/"):
        part = raw.replace("~1", "/").replace("~0", "~")
        assert found is not None  # the loop ends where nothing is found
        if isinstance(found.value, list):
            index = int(part) if part.isascii() and part.isdigit() and len(part) < 8 else -1
            inside = 0 <= index < len(found.value)
            found = Site(found.file, (*found.pointer, index), found.value[index]) if inside else None
        else:
            found = found.child(part)
        if found is None:
            return None
    return found
