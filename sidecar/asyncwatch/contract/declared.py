"""What a schema says of an object's top-level properties, without judging any value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from asyncwatch.contract.bundle import Bundle, read_definition
from asyncwatch.contract.sites import kind_of
from asyncwatch.model.route import JsonType

_ALONGSIDE: Final = ("allOf", "anyOf", "oneOf")
_CONDITIONAL: Final = ("if", "then", "else", "not")
_LOOKS_AT_ALL: Final = (
    "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties", "const", "enum",
    "$dynamicRef", "$recursiveRef",
)  # fmt: skip
_MOST_PARTS: Final = 2_000

Schema = dict[str, Any]


def definition_of(bundle: Schema, reference: str) -> object:
    """Give what a bundle's inner reference stands for; None for an anchor."""
    name = read_definition(reference)
    return None if name is None else bundle.get("definitions", {}).get(name)


def schemas_in_place(bundle: Schema, start: object, *, conditional: bool) -> Iterator[Schema]:
    """Give every schema that judges the same value as `start` does."""
    waiting: list[object] = [start]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_PARTS:
        schema = waiting.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str):
            waiting.append(definition_of(bundle, reference))
        for keyword in _ALONGSIDE:
            if isinstance(schema.get(keyword), list):
                waiting.extend(schema[keyword])
        if conditional:
            waiting.extend(schema[keyword] for keyword in _CONDITIONAL if keyword in schema)
            for keyword in ("dependencies", "dependentSchemas"):
                if isinstance(schema.get(keyword), dict):
                    waiting.extend(schema[keyword].values())


def property_types(bundle: Bundle, name: str) -> frozenset[JsonType] | None:
    """Tell which JSON types a top-level property may have; None = not declared, or anything."""
    if isinstance(bundle, bool):
        return None
    found: set[str] = set()
    for schema in schemas_in_place(bundle, bundle, conditional=False):
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            types = _types_of(bundle, properties[name], {})
            if types is None:
                return None
            found |= types
    return cast("frozenset[JsonType]", frozenset(found)) if found else None


def _types_of(bundle: Schema, schema: object, known: dict[int, set[str] | None]) -> set[str] | None:
    """Give the types a schema allows: what all its parts allow together; None = all.

    `known` holds what was found so far, so shared and recursive parts are looked at once.
    """
    if not isinstance(schema, dict):
        return None
    if id(schema) in known or len(known) > _MOST_PARTS:
        return known.get(id(schema))
    known[id(schema)] = None
    allowed: set[str] | None = None
    if isinstance(schema.get("type"), str):
        allowed = {schema["type"]}
    elif isinstance(schema.get("type"), list):
        allowed = {one for one in schema["type"] if isinstance(one, str)}
    elif "const" in schema:
        allowed = {kind_of(schema["const"])}
    elif isinstance(schema.get("enum"), list):
        allowed = {kind_of(one) for one in schema["enum"]}
    parts: list[set[str] | None] = []
    if isinstance(schema.get("$ref"), str):
        parts.append(_types_of(bundle, definition_of(bundle, schema["$ref"]), known))
    parts += [_types_of(bundle, part, known) for part in schema.get("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        branches = [_types_of(bundle, part, known) for part in schema.get(keyword, ())]
        if branches and None not in branches:
            parts.append(set().union(*(branch for branch in branches if branch is not None)))
    for part in parts:
        if part is not None:
            allowed = part if allowed is None else (allowed & part) or allowed
    known[id(schema)] = allowed
    return allowed


def declared_names(bundle: Bundle) -> tuple[str, ...] | None:
    """Give the names of the top-level properties a schema looks at; None if it may look at any other."""
    if isinstance(bundle, bool):
        return () if bundle else None
    names: dict[str, None] = {}
    parts = 0
    for schema in schemas_in_place(bundle, bundle, conditional=True):
        parts += 1
        if any(keyword in schema for keyword in _LOOKS_AT_ALL) or schema.get("additionalProperties", True) is not True:
            return None
        reference = schema.get("$ref")
        if isinstance(reference, str) and definition_of(bundle, reference) is None:
            return None
        for keyword in ("properties", "dependencies", "dependentRequired", "dependentSchemas"):
            names |= dict.fromkeys(schema.get(keyword, {}))
        names |= dict.fromkeys(one for one in schema.get("required", ()) if isinstance(one, str))
        for keyword in ("dependencies", "dependentRequired"):
            for listed in schema.get(keyword, {}).values():
                if isinstance(listed, list):
                    names |= dict.fromkeys(listed)
    return tuple(names) if parts < _MOST_PARTS else None
