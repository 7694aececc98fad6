"""How much a schema really says: the share of its documented leaves that a rule constrains.

A leaf is a place of a value at which the document describes nothing below: a text, a number, a list without items, an
object without properties. It is constrained if it must be there, or if its type, format, values or bounds are given;
`type: object` and `type: array` alone say nothing about what is inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.declared import schemas_in_place
from asyncwatch.contract.sites import write_pointer
from asyncwatch.model.strength import LISTED, Strength

_CONSTRAINTS: Final = frozenset(
    {
        "const", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maximum", "maxItems", "maxLength",
        "maxProperties", "minimum", "minItems", "minLength", "minProperties", "multipleOf", "pattern", "uniqueItems",
        "contentEncoding", "contentMediaType", "not", "dependentRequired",
    }
)  # fmt: skip
_SAYS_LITTLE: Final = frozenset({"object", "array"})
_ALL_TYPES: Final = 6
_MOST_LEAVES: Final = 5_000
_MOST_LEVELS: Final = 24
_MOST_STEPS: Final = 20_000

Path = tuple[str, ...]
Schema = dict[str, Any]


def strength_of(bundle: Bundle) -> Strength:
    """Look at one schema; recursive parts are looked at once on each way."""
    if isinstance(bundle, bool):
        return Strength(1, 0 if bundle else 1, () if not bundle else ("",))
    walk = _Walk(bundle)
    walk.look([bundle], (), required=False, above=frozenset())
    return Strength(walk.leaves, walk.constrained, tuple(walk.loose))


class _Walk:
    """One look at a schema, within bounds."""

    def __init__(self, bundle: Schema) -> None:
        self._bundle = bundle
        self._steps = _MOST_STEPS
        self.leaves = 0
        self.constrained = 0
        self.loose: list[str] = []

    def look(self, schemas: Sequence[object], path: Path, *, required: bool, above: frozenset[int]) -> None:
        """Look at one place; `schemas` judge the same value, `above` are parts on the way here."""
        found = [part for schema in schemas for part in schemas_in_place(self._bundle, schema, conditional=False)]
        parts = [part for part in found if id(part) not in above]
        self._steps -= 1 + len(found)
        inside = [] if self._steps < 0 or len(path) >= _MOST_LEVELS else list(_members(parts))
        deeper = above | {id(part) for part in parts}
        for name, inner, is_required in inside:
            self.look(inner, (*path, name), required=is_required, above=deeper)
        if not inside and len(parts) == len(found):  # else a recursion, whose leaves were counted above
            self._leaf(parts, schemas, path, required=required)

    def _leaf(self, parts: Sequence[Schema], schemas: Sequence[object], path: Path, *, required: bool) -> None:
        if self.leaves >= _MOST_LEAVES:
            return
        self.leaves += 1
        if required or any(schema is False for schema in schemas) or any(map(_constrains, parts)):
            self.constrained += 1
        elif len(self.loose) < LISTED:
            self.loose.append(write_pointer(path))


def _members(parts: Sequence[Schema]) -> Iterator[tuple[str, list[object], bool]]:
    """Give what is described below a place: properties, `*` for patterns and others, `*` for items."""
    required = {name for part in parts for name in _listed(part.get("required")) if isinstance(name, str)}
    named: dict[str, list[object]] = {}
    others: list[object] = []
    for part in parts:
        for name, inner in _mapped(part.get("properties")).items():
            named.setdefault(name, []).append(inner)
        others.extend(_mapped(part.get("patternProperties")).values())
        for keyword in (
            "additionalProperties",
            "items",
            "additionalItems",
            "unevaluatedProperties",
            "unevaluatedItems",
        ):
            others.extend([part[keyword]] if isinstance(part.get(keyword), dict) and part[keyword] else [])
        for keyword in ("items", "prefixItems"):
            others.extend(_listed(part.get(keyword)))
    for name in required - named.keys():
        named[name] = [{}]
    for name, inners in named.items():
        yield name, inners, name in required
    if others:
        yield "*", others, False


def _constrains(schema: Schema) -> bool:
    if not _CONSTRAINTS.isdisjoint(schema):
        return True
    types = schema.get("type")
    listed = {types} if isinstance(types, str) else set(map(str, _listed(types)))
    return bool(listed - _SAYS_LITTLE - {"null"}) and len(listed) < _ALL_TYPES


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapped(value: object) -> Schema:
    return value if isinstance(value, dict) else {}
