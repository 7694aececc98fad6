"""Formats that the validator does not know, written as keywords that it does.

The additions stand at the end of `allOf`, so every place in the schema keeps its pointer.
Source: settled 17 (uuid, byte, int32 and int64 are asserted; float and double are not); OpenAPI format registry.
"""

from __future__ import annotations

import copy
from typing import Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.keywords import SchemaPath, subschemas

_HEX: Final = "[0-9a-fA-F]"
ASSERTED: Final[dict[str, dict[str, object]]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "byte": {"pattern": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
    "uuid": {"pattern": rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"},
}


def with_assertions(bundle: Bundle) -> Bundle:
    """Give the schema with the formats above asserted; what needs no addition is shared with the one that was given."""
    if isinstance(bundle, bool):
        return bundle
    asserted = _asserted(bundle)
    return asserted if isinstance(asserted, dict) else bundle


def _asserted(schema: object) -> object:
    """Give a schema with its additions, or the very same one where nothing is added to it or below it."""
    if not isinstance(schema, dict):
        return schema
    stated: dict[str, object] | None = None
    for path, inner in subschemas(schema):
        found = _asserted(inner)
        if found is not inner:
            stated = stated if stated is not None else dict(schema)
            _put(stated, schema, path, found)
    name = schema.get("format")
    added = ASSERTED.get(name) if isinstance(name, str) else None
    if added is not None and not ("$ref" in schema and len(schema) == 1):
        stated = stated if stated is not None else dict(schema)
        before = stated.get("allOf", [])
        if isinstance(before, list):
            stated["allOf"] = [*before, added]
    return schema if stated is None else stated


def _put(stated: dict[str, object], schema: dict[str, object], path: SchemaPath, found: object) -> None:
    """Put a part in place of the one that stands there, in a copy of what holds it."""
    keyword = str(path[0])
    if len(path) == 1:
        stated[keyword] = found
        return
    if stated[keyword] is schema[keyword]:
        stated[keyword] = copy.copy(schema[keyword])
    container, key = stated[keyword], path[1]
    if isinstance(container, dict):
        container[str(key)] = found
    elif isinstance(container, list) and isinstance(key, int):
        container[key] = found
