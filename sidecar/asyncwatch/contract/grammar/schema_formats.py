"""Which grammar a schema has: by the schema format that is named beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.language import OPAQUE, Both, Choice, Kind, Named, Referable

_SYNTAX: Final = r"(?:\+(?:json|yaml))?"
_GRAMMARS: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = (
    # The version of the first is not compared: the specification's own text names an older one than its own.
    (re.compile(rf"application/vnd\.aai\.asyncapi{_SYNTAX};version=\d+\.\d+\.\d+", re.ASCII), Named("schema")),
    (re.compile(rf"application/schema{_SYNTAX};version=draft-07"), Named("json schema")),
    (re.compile(rf"application/vnd\.oai\.openapi{_SYNTAX};version=3\.0\.0"), Named("openapi schema")),
    (re.compile(rf"application/vnd\.apache\.avro{_SYNTAX};version=1\.9\.0"), Named("avro")),
)
_REFERABLE: Final = tuple(Referable(kind) for _, kind in _GRAMMARS)


def _position(schema_format: object) -> int | None:
    if not isinstance(schema_format, str):
        return None
    return next((at for at, (form, _) in enumerate(_GRAMMARS) if form.fullmatch(schema_format)), None)


_SCHEMA: Final = Named("schema")


def payload_of(message: Mapping[str, object]) -> Kind:
    """Give the kind of a 2.x message's payload."""
    if "schemaFormat" not in message:
        return _SCHEMA
    found = _position(message["schemaFormat"])
    return OPAQUE if found is None else _GRAMMARS[found][1]


def schema_of(multi_format: Mapping[str, object]) -> Kind:
    """Give the kind of the schema in a Multi Format Schema Object."""
    if "schemaFormat" not in multi_format:
        return _SCHEMA
    found = _position(multi_format["schemaFormat"])
    return OPAQUE if found is None else _REFERABLE[found]


_MULTI_FORMAT: Final = Named("multi format schema")


def any_schema(value: object) -> Kind:
    """Give the kind of a 3.x schema: one with its format, or a Schema Object."""
    return _MULTI_FORMAT if isinstance(value, bool) or (isinstance(value, dict) and "schema" in value) else _SCHEMA


ANY_SCHEMA: Final = Referable(Choice(any_schema))
HEADERS_OF_2: Final = Referable(Both((_SCHEMA, Named("headers type"))))
