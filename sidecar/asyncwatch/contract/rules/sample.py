"""A value that a schema describes, as full as the schema tells: what a usual message looks like.

It is a guess: whoever asks tries it against the schema. Work is bounded; what has no end is left out.
"""

from __future__ import annotations

from typing import Any, Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.declared import definition_of

_MOST_PARTS: Final = 2_000
_MOST_LEVELS: Final = 16
_MOST_SIGNS: Final = 10_000
_MOST_ITEMS: Final = 100
_FORMATS: Final[dict[str, str]] = {
    "date-time": "2020-01-01T00:00:00Z", "date": "2020-01-01", "time": "00:00:00Z", "duration": "P1D",
    "email": "a@example.org", "idn-email": "a@example.org", "hostname": "example.org", "idn-hostname": "example.org",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.org/", "iri": "https://example.org/",
    "uri-reference": "/", "iri-reference": "/", "url": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000", "byte": "AAAA", "json-pointer": "/a",
    "relative-json-pointer": "0", "regex": "a", "uri-template": "/{a}",
}  # fmt: skip

Schema = dict[str, Any]


class Unguessable(ValueError):
    """A schema of which no value can be guessed."""


def sample_of(bundle: Bundle) -> object:
    """Guess a value.

    Raises: Unguessable.
    """
    if isinstance(bundle, bool):
        if not bundle:
            raise Unguessable
        return {}
    try:
        return _Sampler(bundle).value(bundle, 0)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError, RecursionError) as error:
        raise Unguessable from error  # a schema that compiles may hold any value in its annotations


class _Sampler:
    def __init__(self, bundle: Schema) -> None:
        self._bundle = bundle
        self._parts = 0

    def value(self, schema: object, level: int) -> object:
        self._parts += 1
        if self._parts > _MOST_PARTS or level > _MOST_LEVELS or schema is False:
            raise Unguessable
        parts = self._together(schema)
        merged = _merge(parts)
        for keyword in ("const", "default"):
            if keyword in merged:
                return merged[keyword]
        for keyword in ("enum", "examples"):
            if isinstance(merged.get(keyword), list) and merged[keyword]:
                return merged[keyword][0]
        match _type_of(merged):
            case "object":
                return self._object(merged, level)
            case "array":
                return self._array(merged, level)
            case "string":
                return _text(merged)
            case "integer" | "number":
                return _number(merged)
            case "boolean":
                return True
            case _:
                return None

    def _together(self, start: object) -> list[Schema]:
        """Give the schemas that the value must fit together; of alternatives, the first that can be."""
        found: list[Schema] = []
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            schema = waiting.pop()
            self._parts += 1
            if schema is False or self._parts > _MOST_PARTS:
                raise Unguessable
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            found.append(schema)
            if isinstance(schema.get("$ref"), str):
                waiting.append(definition_of(self._bundle, schema["$ref"]))
            waiting.extend(schema.get("allOf", ()))
            for keyword in ("oneOf", "anyOf"):
                branches = [one for one in schema.get(keyword, ()) if one is not False]
                if branches:
                    waiting.append(branches[0])
        return found

    def _object(self, merged: Schema, level: int) -> dict[str, object]:
        found: dict[str, object] = {}
        required = merged.get("required", [])
        for name, inner in merged.get("properties", {}).items():
            try:
                found[name] = self.value(inner, level + 1)
            except Unguessable:
                if name in required:
                    raise
        for name in required:
            found.setdefault(name, "text")
        return found

    def _array(self, merged: Schema, level: int) -> list[object]:
        listed = merged.get("prefixItems", merged.get("items"))
        if isinstance(listed, list):
            return [self.value(inner, level + 1) for inner in listed[:_MOST_ITEMS]]
        rest = merged.get("items", True)
        count = min(max(int(merged.get("minItems", 0)), 1), _MOST_ITEMS)
        try:
            return [self.value(rest, level + 1)] * count
        except Unguessable:
            if merged.get("minItems"):
                raise
            return []


def _merge(parts: list[Schema]) -> Schema:
    """Put schemas together as far as a guess needs it."""
    merged: Schema = {}
    properties: dict[str, list[object]] = {}
    required: dict[str, None] = {}
    for part in parts:
        for name, inner in part.get("properties", {}).items():
            properties.setdefault(name, []).append(inner)
        required |= dict.fromkeys(one for one in part.get("required", ()) if isinstance(one, str))
        for keyword, value in part.items():
            if keyword in {"minimum", "exclusiveMinimum", "minLength", "minItems"} and keyword in merged:
                merged[keyword] = max(merged[keyword], value)
            elif keyword in {"maximum", "exclusiveMaximum", "maxLength"} and keyword in merged:
                merged[keyword] = min(merged[keyword], value)
            elif keyword == "enum" and isinstance(merged.get("enum"), list):
                merged["enum"] = [one for one in merged["enum"] if one in value][:1] or merged["enum"]
            else:
                merged.setdefault(keyword, value)
    if properties:
        merged["properties"] = {name: one[0] if len(one) == 1 else {"allOf": one} for name, one in properties.items()}
    if required:
        merged["required"] = list(required)
    return merged


def _type_of(merged: Schema) -> str | None:
    given = merged.get("type")
    if isinstance(given, list):
        given = next((one for one in given if one != "null"), None)
    if isinstance(given, str):
        return given
    if any(keyword in merged for keyword in ("items", "prefixItems", "minItems")):
        return "array"
    if any(
        keyword in merged for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    ):
        return "number"
    if any(keyword in merged for keyword in ("pattern", "format", "minLength", "maxLength")):
        return "string"
    return "object"


def _text(merged: Schema) -> str:
    known = _FORMATS.get(merged.get("format", ""))
    if known is not None:
        return known
    if "pattern" in merged:
        raise Unguessable
    shortest, longest = int(merged.get("minLength", 0)), int(merged.get("maxLength", _MOST_SIGNS))
    if shortest > _MOST_SIGNS:
        raise Unguessable
    return "text".ljust(shortest, "x")[: max(longest, 0)]


def _number(merged: Schema) -> object:
    low, high = merged.get("minimum"), merged.get("maximum")
    above, below = merged.get("exclusiveMinimum"), merged.get("exclusiveMaximum")
    if above is True or below is True or isinstance(merged.get("multipleOf"), float):
        raise Unguessable
    step = merged.get("multipleOf", 1)
    guess = 0
    if low is not None or above is not None:
        guess = int(max(one for one in (low, None if above is None else above + 1) if one is not None))
        guess += -guess % int(step)
    elif high is not None or below is not None:
        guess = int(min(one for one in (high, None if below is None else below - 1) if one is not None))
        guess -= guess % int(step)
    return guess


__all__ = ["Unguessable", "sample_of"]
