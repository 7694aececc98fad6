"""Formats that the validator does not know, written as keywords that it does.

The additions stand at the end of `allOf`, so every place in the schema keeps its pointer.
Source: settled 17 (uuid, byte, int32 and int64 are asserted; float and double are not); OpenAPI format registry.
"""

from __future__ import annotations

import copy
from typing import Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.keywords import subschemas

_HEX: Final = "[0-9a-fA-F]"
ASSERTED: Final[dict[str, dict[str, object]]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "byte": {"pattern": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
    "uuid": {"pattern": rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"},
}


def with_assertions(bundle: Bundle) -> Bundle:
    """Give a copy in which the formats above are asserted."""
    if isinstance(bundle, bool):
        return bundle
    asserted = copy.deepcopy(bundle)
    waiting: list[object] = [asserted]
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, dict):
            continue
        waiting.extend(inner for _, inner in subschemas(schema))
        name = schema.get("format")
        added = ASSERTED.get(name) if isinstance(name, str) else None
        if added is not None and not ("$ref" in schema and len(schema) == 1):
            before = schema.get("allOf", [])
            if isinstance(before, list):
                schema["allOf"] = [*before, added]
    return asserted
