"""Schemas as rules use them: compiled once, and what they find wrong told at its place in the document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from asyncwatch.contract.entities import Contract, PayloadSchema
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schemas import CompiledSchema, SchemaReader
from asyncwatch.contract.sites import Pointer, Site, read_pointer
from asyncwatch.model.route import Schema, SchemaFault

_MOST_FAULTS: Final = 5
_MOST_PARTS: Final = 50_000
_MOST_LEVELS: Final = 100
_LENIENT: Final = {
    "format date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt\s]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII),
    "format time": re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII),
}  # fmt: skip
"""Forms that the official parser takes for these formats, and RFC 3339 does not."""


class Judges:
    """The compiled schemas of a document, and the values that are tried against them."""

    def __init__(self, documents: Documents, default_format: str, contract: Contract) -> None:
        self._documents = documents
        self._compiled = _compiled_of(documents, contract)
        self._reader = SchemaReader(documents)
        self._parts = 0
        self.default_format = default_format

    def schema(self, site: Site | None, schema_format: str | None = None) -> Schema | None:
        """Compile a schema; None where there is none that can be judged by."""
        return None if site is None else self.read(site, schema_format).compiled

    def read(self, site: Site, schema_format: str | None = None) -> PayloadSchema:
        """Read a schema; one that cannot be judged by says why."""
        chosen = schema_format or self.default_format
        try:
            target = self._documents.follow(site)
        except Unresolvable:
            return self._reader.read(site, chosen, "the schema")
        known = self._compiled.get((target.file, target.pointer, chosen))
        if known is not None and self._documents.is_original(target):
            return known
        return self._reader.read(site, chosen, "the schema")

    def value(self, site: Site) -> object:
        """Give a value of the document with every reference in it replaced by what it stands for.

        Raises: Unresolvable, also for a value that has no end.
        """
        return self._plain(site, 0) if _has_reference(site.value) else site.value

    def _plain(self, site: Site, level: int) -> object:
        self._parts += 1
        if level > _MOST_LEVELS or self._parts > _MOST_PARTS:
            raise Unresolvable("a value without an end", "document.reference-loop")
        site = self._documents.follow(site)
        if isinstance(site.value, dict):
            return {key: self._plain(inner, level + 1) for key, inner in site.members()}
        if isinstance(site.value, list):
            return [self._plain(inner, level + 1) for inner in site.items()]
        return site.value


def _compiled_of(documents: Documents, contract: Contract) -> dict[tuple[str, Pointer, str], PayloadSchema]:
    """Give the schemas that the contract has compiled already, by place and format; those made by merging are left out."""
    found: dict[tuple[str, Pointer, str], PayloadSchema] = {}
    for channel in contract.channels.values():
        for message in channel.messages:
            for schema in (message.payload, message.headers, message.kafka_key):
                root = schema.origins.root if schema is not None and schema.origins is not None else None
                if schema is not None and root is not None and documents.is_original(root):
                    found.setdefault((root.file, root.pointer, schema.format), schema)
    return found


def weight_of(schema: Schema | None) -> int:
    """Count the schemas that a compiled one refers to."""
    bundle = schema.bundle if isinstance(schema, CompiledSchema) else None
    definitions = bundle.get("definitions") if isinstance(bundle, dict) else None
    return 1 + (len(definitions) if isinstance(definitions, dict) else 0)


def faults_of(schema: Schema, value: object, site: Site) -> list[tuple[SchemaFault, Site]]:
    """Say why a value that stands at a site breaks a schema, each fault with its own place."""
    if schema.is_valid(value):
        return []
    found: list[tuple[SchemaFault, Site]] = []
    faults = schema.explain(value, _MOST_FAULTS)
    mistyped = {fault.path for fault in faults if fault.keyword == "type"}
    for fault in faults:
        if fault.path in mistyped and fault.keyword != "type":
            continue  # a value of another type breaks what is asked of its type too
        inner: list[str] = []
        for part in read_pointer(fault.path):
            if part == "*":
                break
            inner.append(part)
        found.append((fault, Site(site.file, (*site.pointer, *inner), None)))
    return found


def is_lenient(fault: SchemaFault, value: object) -> bool:
    """Tell whether a fault is about a date or time in a form that the official parser lets pass."""
    form = _LENIENT.get(fault.expected) if fault.keyword == "format" else None
    if form is None:
        return False
    for part in read_pointer(fault.path):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False
    return isinstance(value, str) and form.fullmatch(value) is not None


def _has_reference(value: object) -> bool:
    waiting = [value]
    take: Callable[[], object] = waiting.pop
    while waiting:
        part = take()
        if isinstance(part, dict):
            if "$ref" in part:
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False
