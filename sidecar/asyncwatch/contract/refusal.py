"""Why the engine does not take a schema, in words: the keyword that is wrong, and what it must be."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.findings import quote

_TYPES: Final = "array, boolean, integer, null, number, object or string, or a list of these"
_FIXED: Final[dict[str, str]] = {
    "uniqueItems": "must not hold the same twice", "minItems": "must not be empty",
    "format": "is no expression that can be run in bounded time and memory", "enum": "has a value that is not allowed",
    "anyOf": "must be a schema, or a list of what the keyword takes", "required": "lacks a part that it needs",
}  # fmt: skip
_BOUNDS: Final[dict[str, str]] = {
    "minimum": "must be at least {}",
    "exclusiveMinimum": "must be more than {}",
    "maximum": "must be at most {}",
}


def refusal(path: tuple[str | int, ...], kind: object) -> str:
    """Say what is wrong at a place of a schema; `kind` is the engine's own."""
    keyword = next((part for part in reversed(path) if isinstance(part, str)), None)
    shown = quote(keyword, 40) if keyword is not None else "the schema"
    name = getattr(kind, "name", "")
    if keyword == "type" and name in {"anyOf", "enum"}:
        return f"{shown} must be {_TYPES}"
    if name == "type":
        types = [str(one) for one in getattr(kind, "types", ())]
        return f"{shown} must be {_one_of(types)}"
    if name in _BOUNDS:
        return f"{shown} {_BOUNDS[name].format(getattr(kind, 'limit', '?'))}"
    return f"{shown} {_FIXED.get(name, 'has a value that JSON Schema does not allow')}"


def _one_of(types: list[str]) -> str:
    named = [f"an {one}" if one[:1] in "aeio" else f"a {one}" for one in types]
    return " or ".join(named) if named else "of another type"
