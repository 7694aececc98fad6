"""What tells the messages of one schema from others: constants that every such message has, and names it must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.declared import definition_of

Path = tuple[str, ...]
Schema = dict[str, Any]

_MOST_LEVELS: Final = 6
_MOST_PARTS: Final = 2_000


class Marks:
    """The marks of a schema.

    Shape: `fixed` maps a path to the constant that stands there in every message; `required` and `described` are names
    of top-level fields.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.fixed: dict[Path, bytes] = {}
        self.required: frozenset[str] = frozenset()
        self.described: frozenset[str] = frozenset()
        self._parts = 0
        if isinstance(bundle, dict):
            self._bundle: Schema = bundle
            self._look(bundle, (), is_there=True)

    def _look(self, schema: object, path: Path, *, is_there: bool) -> None:
        parts = self._together(schema)
        constant = next((value for part in parts if (value := _constant(part)) is not None), None)
        if constant is not None and is_there:
            self.fixed[path] = constant
        required = {
            name for part in parts if isinstance(part.get("required"), list)
            for name in part["required"] if isinstance(name, str)
        }  # fmt: skip
        described: dict[str, list[object]] = {}
        for part in parts:
            properties = part.get("properties")
            for name, inner in properties.items() if isinstance(properties, dict) else ():
                described.setdefault(name, []).append(inner)
        if not path:
            self.required, self.described = frozenset(required), frozenset(described)
        if len(path) < _MOST_LEVELS:
            for name in required & described.keys() if is_there else ():
                self._look({"allOf": described[name]}, (*path, name), is_there=True)

    def _together(self, start: object) -> list[Schema]:
        found: dict[int, Schema] = {}
        waiting = [start]
        while waiting and self._parts < _MOST_PARTS:
            schema = waiting.pop()
            self._parts += 1
            if not isinstance(schema, dict) or id(schema) in found:
                continue
            found[id(schema)] = schema
            if isinstance(schema.get("$ref"), str):
                waiting.append(definition_of(self._bundle, schema["$ref"]))
            inner = schema.get("allOf")
            waiting.extend(inner if isinstance(inner, list) else ())
        return list(found.values())


def _constant(schema: Schema) -> bytes | None:
    """Give the only value that a schema lets through, as text; None if there are several."""
    if "const" in schema:
        value = schema["const"]
    elif isinstance(schema.get("enum"), list) and len(schema["enum"]) == 1:
        value = schema["enum"][0]
    else:
        return None
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        return None


def differ(one: Mapping[Path, bytes], other: Mapping[Path, bytes]) -> bool:
    """Tell whether a constant of one stands nowhere in the other, or has another value there."""
    return any(other.get(path) != value for path, value in one.items()) or any(path not in one for path in other)
