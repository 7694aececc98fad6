"""The Schema Object of OpenAPI 3.0, which a payload may be written in.

Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import (
    DATA,
    FLAG,
    TEXT,
    URI,
    Choice,
    ListOf,
    MapOf,
    Named,
    Number,
    Record,
    Referable,
    Table,
    Text,
    one_of,
    required,
    whole,
)

_COUNT: Final = whole(least=0)
_NUMBER: Final = Number(integer=False)
_SCHEMA: Final = Referable(Named("openapi schema"))
_SCHEMAS: Final = ListOf(_SCHEMA)
_SCHEMA_OR_FLAG: Final = Choice(lambda value: FLAG if isinstance(value, bool) else _SCHEMA)

OPENAPI_SCHEMA: Final[Table] = {
    "openapi schema": Record(
        "an OpenAPI schema",
        {
            "title": TEXT, "description": TEXT, "format": TEXT, "default": DATA, "example": DATA,
            "type": one_of("array", "boolean", "integer", "number", "object", "string"),
            "nullable": FLAG, "readOnly": FLAG, "writeOnly": FLAG, "deprecated": FLAG,
            "multipleOf": Number(integer=False, above=0), "maximum": _NUMBER, "exclusiveMaximum": FLAG,
            "minimum": _NUMBER, "exclusiveMinimum": FLAG, "maxLength": _COUNT, "minLength": _COUNT,
            "pattern": Text(format="regex"), "maxItems": _COUNT, "minItems": _COUNT, "uniqueItems": FLAG,
            "maxProperties": _COUNT, "minProperties": _COUNT, "required": ListOf(TEXT, least=1, unique=True),
            "enum": ListOf(DATA, least=1), "not": _SCHEMA, "allOf": _SCHEMAS, "oneOf": _SCHEMAS, "anyOf": _SCHEMAS,
            "items": _SCHEMA, "properties": MapOf("the properties", _SCHEMA), "additionalProperties": _SCHEMA_OR_FLAG,
            "discriminator": Named("openapi discriminator"), "externalDocs": Named("openapi external docs"),
            "xml": Named("openapi xml"),
        },
        extends_freely=True,
        moved={
            "examples": "one `example` in OpenAPI 3.0", "const": "an `enum` of one value in OpenAPI 3.0",
            "$id": "no field of OpenAPI 3.0", "definitions": "the components of the document in OpenAPI 3.0",
        },
    ),
    "openapi discriminator": Record(
        "a discriminator", {"propertyName": required(TEXT), "mapping": MapOf("the mapping", TEXT)}, is_open=True
    ),
    "openapi external docs": Record(
        "external documentation", {"url": required(Text(format="uri-reference")), "description": TEXT}, extends_freely=True
    ),
    "openapi xml": Record(
        "an XML object",
        {"name": TEXT, "namespace": URI, "prefix": TEXT, "attribute": FLAG, "wrapped": FLAG},
        extends_freely=True,
    ),
}  # fmt: skip
