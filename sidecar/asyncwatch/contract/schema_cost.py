"""How often a validator may have to look at one place of a value: schemas that refer to each other can make it explode.

Forty definitions of which each holds the next one twice mean a billion looks at one number. What refers back to itself
counts once: the engine remembers what it judged on such ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asyncwatch.contract.bundle import Bundle, outline, read_definition
from asyncwatch.contract.keywords import subschemas

_IN_PLACE: Final = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependencies", "dependentSchemas"}
)
_ANY: Final = "*"
_MOST_STEPS: Final = 500_000
_FREE: Final = 10_000
"""Looks at one place that are always allowed; a schema that is larger itself may take more."""

_Cost = tuple[int, dict[str, int]]
"""Looks at the value itself, and at what is under a name inside it."""


def explodes(bundle: Bundle) -> bool:
    """Tell whether a schema costs far more looks than it has parts."""
    if isinstance(bundle, bool):
        return False
    definitions = bundle.get("definitions")
    named: dict[str, object] = {**definitions} if isinstance(definitions, dict) else {}
    root = {key: value for key, value in bundle.items() if key != "definitions"}
    if not _has_parts_twice(root, named):
        return False
    walk = _Walk()
    parts = 0
    for name in _inner_first(root, named):
        parts += outline(named[name])[1]
        walk.add(name, named[name])
    looks, inside = walk.cost(root)
    parts += outline(root)[1]
    return max([looks, *(count + inside.get(_ANY, 0) for count in inside.values())]) > max(_FREE, 2 * parts)


def _has_parts_twice(root: object, named: dict[str, object]) -> bool:
    """Tell whether any definition is composed of others at all: without that nothing is looked at twice."""
    return any(not _IN_PLACE.isdisjoint(one) for one in _schemas(root, named))


def _schemas(root: object, named: dict[str, object]) -> Iterator[dict[str, object]]:
    waiting = [root, *named.values()]
    while waiting:
        schema = waiting.pop()
        if isinstance(schema, dict):
            yield schema
            waiting.extend(inner for _, inner in subschemas(schema))


def _inner_first(root: object, named: dict[str, object]) -> list[str]:
    """Give the definitions so that each stands after those that it refers to, but for circles."""
    order: list[str] = []
    seen: set[str] = set()
    stack: list[tuple[str | None, Iterator[str]]] = [(None, iter(sorted(outline(root)[0])))]
    while stack:
        name, targets = stack[-1]
        following = next((one for one in targets if one not in seen and one in named), None)
        if following is not None:
            seen.add(following)
            stack.append((following, iter(sorted(outline(named[following])[0]))))
            continue
        stack.pop()
        if name is not None:
            order.append(name)
    return order


class _Walk:
    def __init__(self) -> None:
        self._known: dict[str, _Cost] = {}
        self._left = _MOST_STEPS

    def add(self, name: str, schema: object) -> None:
        """Note what a definition costs; those that it refers to are noted already, or lead back to it."""
        self._known[name] = self.cost(schema)

    def cost(self, schema: object) -> _Cost:
        """Add up what a schema costs at one place, and below it by name."""
        looks, inside = 1, dict[str, int]()
        if not isinstance(schema, dict):
            return looks, inside
        reference = schema.get("$ref")
        name = read_definition(reference) if isinstance(reference, str) else None
        if name is not None and name in self._known:
            looks += self._merge(inside, self._known[name])
        for path, inner in subschemas(schema):
            found = self.cost(inner)
            if path[0] in _IN_PLACE:
                looks += self._merge(inside, found)
            else:
                below = max([found[0], *(count + found[1].get(_ANY, 0) for count in found[1].values())])
                key = str(path[1]) if path[0] == "properties" and len(path) > 1 else _ANY
                inside[key] = inside.get(key, 0) + below
        return looks, inside

    def _merge(self, inside: dict[str, int], found: _Cost) -> int:
        for key, count in found[1].items():
            if self._left > 0:
                self._left -= 1
                inside[key] = inside.get(key, 0) + count
        return found[0]
