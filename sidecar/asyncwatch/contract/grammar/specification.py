"""The whole table of one version of AsyncAPI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from asyncwatch.contract.grammar import objects_v2, objects_v3
from asyncwatch.contract.grammar.about import ABOUT_V2, ABOUT_V3
from asyncwatch.contract.grammar.avro_schema import AVRO_SCHEMA
from asyncwatch.contract.grammar.bindings.table import BINDINGS_V2, BINDINGS_V3
from asyncwatch.contract.grammar.json_schema import JSON_SCHEMA
from asyncwatch.contract.grammar.language import Beside, Field, Kind, Record, Table
from asyncwatch.contract.grammar.openapi_schema import OPENAPI_SCHEMA
from asyncwatch.contract.grammar.security import SECURITY_V2, SECURITY_V2_0, SECURITY_V3

_SCHEMAS: Final[Table] = {**JSON_SCHEMA, **OPENAPI_SCHEMA, **AVRO_SCHEMA}

SECTIONS: Final[Mapping[str, str]] = {
    "servers": "server", "serverVariables": "server variable", "channels": "channel", "operations": "operation",
    "messages": "message", "securitySchemes": "security scheme", "parameters": "parameter",
    "correlationIds": "correlation id", "replies": "reply", "replyAddresses": "reply address",
    "externalDocs": "external docs", "tags": "tag", "operationTraits": "operation trait",
    "messageTraits": "message trait", "serverBindings": "server bindings", "channelBindings": "channel bindings",
    "operationBindings": "operation bindings", "messageBindings": "message bindings", "schemas": "schema",
}  # fmt: skip
"""What stands under each name of the components, and of the root."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that an object has in one version; `other` tells in which versions it has others."""

    kinds: Mapping[str, Kind | Beside]
    required: tuple[str, ...]
    other: Mapping[str, str]
    looks_beside: bool
    """Whether what is right in one field depends on others."""


class Specification:
    """The objects of one version of AsyncAPI."""

    def __init__(self, major: int, minor: int) -> None:
        self.major = major
        self.minor = minor
        if major == 2:
            security = SECURITY_V2_0 if minor == 0 else SECURITY_V2
            self.table: Table = {**_SCHEMAS, **ABOUT_V2, **BINDINGS_V2, **security, **objects_v2.objects(minor)}
        else:
            self.table = {**_SCHEMAS, **ABOUT_V3, **BINDINGS_V3, **SECURITY_V3, **objects_v3.objects()}
        self._fields: dict[Record, Fields] = {}

    def fields(self, record: Record) -> Fields:
        """Give the fields of an object in this version."""
        found = self._fields.get(record)
        if found is None:
            found = self._fields[record] = self._of_version(record)
        return found

    def _of_version(self, record: Record) -> Fields:
        kinds: dict[str, Kind | Beside] = {}
        needed: list[str] = []
        other: dict[str, str] = {}
        for name, field in record.fields.items():
            if not isinstance(field, Field):
                kinds[name] = field
            elif field.since <= self.minor <= field.until:
                kinds[name] = field.kind
                if field.required:
                    needed.append(name)
            elif self.minor < field.since:
                other[name] = f"it came with AsyncAPI {self.major}.{field.since}"
            else:
                other[name] = f"it went with AsyncAPI {self.major}.{field.until + 1}"
        looks_beside = bool(record.rules) or any(isinstance(kind, Beside) for kind in kinds.values())
        return Fields(kinds, tuple(needed), other, looks_beside)


@cache
def specification(major: int, minor: int) -> Specification:
    """Give the table of a version: 2.0 to 2.6, 3.0 or 3.1."""
    return Specification(major, minor)
