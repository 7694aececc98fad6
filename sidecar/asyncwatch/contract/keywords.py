"""Where schemas stand inside a schema, for all dialects of JSON Schema that are read.

Everything else in a schema is a plain value: a `$ref` inside `enum` or `examples` is data, not a reference.
Source: JSON Schema draft-04 to 2020-12; AsyncAPI Schema Object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

SINGLE: Final = frozenset(
    {
        "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
        "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
"""Keywords whose value is a schema."""
LISTS: Final = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas; `items` may be either."""
MAPS: Final = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)  # fmt: skip
"""Keywords whose value maps names to schemas; a dependency may be a list of names instead."""
ANNOTATIONS: Final = frozenset(
    {
        "$comment", "$schema", "default", "deprecated", "description", "discriminator", "example", "examples",
        "externalDocs", "readOnly", "title", "writeOnly", "xml",
    }
)  # fmt: skip
"""Keywords that say nothing about which values are valid."""
SCALARS: Final = (
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "format", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties",
    "contentEncoding", "contentMediaType",
)  # fmt: skip
"""Keywords that judge one value by themselves, in the order in which they are told."""

SchemaPath = tuple[str | int, ...]


def subschemas(schema: dict[str, object]) -> Iterator[tuple[SchemaPath, object]]:
    """Give every schema that stands directly inside a schema, with the way to it."""
    for keyword, value in schema.items():
        if keyword in MAPS and isinstance(value, dict):
            for name, inner in value.items():
                if not isinstance(inner, list):
                    yield (keyword, name), inner
        elif keyword in LISTS and isinstance(value, list):
            for index, inner in enumerate(value):
                yield (keyword, index), inner
        elif keyword in SINGLE:
            yield (keyword,), value
