"""JSON Schema draft-07, and the Schema Object of AsyncAPI that is built on it.

Source: JSON Schema draft-07, core and validation; AsyncAPI "Schema Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.language import (
    DATA,
    FLAG,
    TEXT,
    UNIQUE_TEXTS,
    URI,
    Beside,
    Choice,
    Data,
    Field,
    Kind,
    ListOf,
    MapOf,
    Named,
    Number,
    Record,
    Referable,
    Table,
    Text,
    one_of,
    whole,
)

_COUNT: Final = whole(least=0)
_NUMBER: Final = Number(integer=False)
_PATTERN: Final = Text(format="regex")
_TYPE: Final = one_of("array", "boolean", "integer", "null", "number", "object", "string")
_TYPES: Final = ListOf(_TYPE, least=1, unique=True)
_TYPE_OR_TYPES: Final = Choice(lambda value: _TYPES if isinstance(value, list) else _TYPE)
_ANY_LIST: Final = ListOf(DATA)


def _schema_fields(schema: Kind) -> Mapping[str, Field | Kind | Beside]:
    """Give the fields of draft-07; `schema` is what stands where a field takes a schema."""
    schemas = ListOf(schema, least=1)
    schema_or_schemas = Choice(lambda value: schemas if isinstance(value, list) else schema)
    schema_or_names = Choice(lambda value: UNIQUE_TEXTS if isinstance(value, list) else schema)
    return {
        "$ref": Data(("string",), "a text"), "$id": Text(format="uri-reference"), "$schema": URI, "$comment": TEXT, "title": TEXT, "description": TEXT,
        "readOnly": FLAG, "writeOnly": FLAG, "examples": _ANY_LIST, "default": DATA, "const": DATA,
        "multipleOf": Number(integer=False, above=0), "maximum": _NUMBER, "exclusiveMaximum": _NUMBER,
        "minimum": _NUMBER, "exclusiveMinimum": _NUMBER,
        "maxLength": _COUNT, "minLength": _COUNT, "pattern": _PATTERN, "format": TEXT,
        "contentMediaType": TEXT, "contentEncoding": TEXT,
        "items": schema_or_schemas, "additionalItems": schema, "maxItems": _COUNT, "minItems": _COUNT,
        "uniqueItems": FLAG, "contains": schema,
        "maxProperties": _COUNT, "minProperties": _COUNT, "required": UNIQUE_TEXTS,
        "properties": MapOf("the properties", schema),
        "patternProperties": MapOf("the pattern properties", schema, key=_PATTERN),
        "additionalProperties": schema, "propertyNames": schema, "definitions": MapOf("the definitions", schema),
        "dependencies": MapOf("the dependencies", schema_or_names),
        "enum": ListOf(DATA, least=1, unique=True), "type": _TYPE_OR_TYPES,
        "if": schema, "then": schema, "else": schema, "not": schema,
        "allOf": schemas, "anyOf": schemas, "oneOf": schemas,
    }  # fmt: skip


def _or_boolean(record: str) -> Kind:
    """A schema may be written as true or false."""
    schema = Named(record)
    return Referable(Choice(lambda value: FLAG if isinstance(value, bool) else schema))


_PLAIN: Final = _or_boolean("json schema object")
_OWN: Final = _or_boolean("schema object")
_HELD_PLAIN: Final = ("definitions", "dependencies", "additionalItems", "if", "then", "else")
"""The Schema Object says nothing of these, so what stands in them is a schema of draft-07."""

_FIELDS_PLAIN: Final = _schema_fields(_PLAIN)
_FIELDS_OWN: Final = {key: kind for key, kind in _schema_fields(_OWN).items() if key not in _HELD_PLAIN}

_OF_HEADERS: Final = Record("a headers schema", {"type": one_of("object")}, is_open=True)

JSON_SCHEMA: Final[Table] = {
    "json schema": _PLAIN,
    "json schema object": Record("a schema", _FIELDS_PLAIN, is_open=True),
    "schema": _OWN,
    "schema object": Record(
        "a schema",
        _FIELDS_OWN
        | {key: _FIELDS_PLAIN[key] for key in _HELD_PLAIN}
        | {"discriminator": TEXT, "externalDocs": Named("external docs or reference"), "deprecated": FLAG},
        is_open=True,
    ),
    "headers type": Choice(lambda value: _OF_HEADERS if isinstance(value, dict) else DATA),
}
"""`schema` and `json schema` may be a reference, or true or false."""
