"""Schema Objects of OpenAPI 3.0 in the words of JSON Schema draft-07; every part keeps its place.

`nullable` counts beside `type` only, as OpenAPI 3.0.3 says, and then admits null to an `enum` as well, as the usual
generators mean it. Source: OpenAPI 3.0.3, Schema Object; proposal "Clarify Semantics of nullable".
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.newer_dialect import exclusive_bounds

_REMARKS: Final = ("nullable", "xml", "example", "externalDocs", "readOnly", "writeOnly", "deprecated")


def restate_openapi(schema: dict[str, object]) -> dict[str, object]:
    """Say what a Schema Object says in JSON Schema; its parts have been restated already."""
    stated = {key: value for key, value in schema.items() if key not in _REMARKS}
    kind, values = schema.get("type"), schema.get("enum")
    if schema.get("nullable") is True and isinstance(kind, str):
        stated["type"] = [kind, "null"]
        if isinstance(values, list) and None not in values:
            stated["enum"] = [*values, None]
    exclusive_bounds(stated)
    return stated
