"""Which fields and which values a schema documents: what traffic can show of it.

Rule 1: a field is a property that the schema names, at any depth; items and properties without a name are `*`.
Rule 2: a part that holds itself is looked at once on each way: values that go deeper show the same fields again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.declared import schemas_in_place
from asyncwatch.contract.sites import write_pointer
from asyncwatch.contract.wording import shown
from asyncwatch.model.described import SCALARS, Described, Place, value_key

_MOST_FIELDS: Final = 5_000
_MOST_VALUES: Final = 5_000
_MOST_LEVELS: Final = 24
_MOST_STEPS: Final = 20_000
_MOST_PARTS: Final = 2_000

Schema = dict[str, Any]
Above = dict[frozenset[int], Place]


def described(bundle: Bundle) -> Described:
    """Look at one schema, within bounds."""
    walk = _Walk(bundle if isinstance(bundle, dict) else {})
    root = Place("")
    walk.look([bundle], root, 0, {})
    for place, known in walk.again:
        place.names, place.items, place.others, place.is_open = known.names, known.items, known.others, known.is_open
    told = "\n".join([*walk.fields, "", *walk.values]).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(told, digest_size=4).hexdigest()
    return Described(root, tuple(walk.fields), tuple(walk.values), digest)


class _Walk:
    def __init__(self, bundle: Schema) -> None:
        self._bundle = bundle
        self._steps = _MOST_STEPS
        self.fields: list[str] = []
        self.values: list[str] = []
        self.again: list[tuple[Place, Place]] = []
        """Places that are described as one above them is."""

    def look(self, schemas: Sequence[object], place: Place, level: int, above: Above) -> None:
        """Describe one place; `schemas` judge the same value, `above` are the places on the way here."""
        parts = list(self._in_place(schemas))
        self._steps -= 1 + len(parts)
        if not parts or self._steps < 0 or level >= _MOST_LEVELS:
            return
        self._take_values(parts, place)
        here = frozenset(id(part) for part in parts if not part.keys() <= {"$ref", "definitions"})
        known = above.get(here)
        if known is not None:
            place.leads_on = True
            self.again.append((place, known))
            return
        above = above | {here: place}
        named, others, items = _inside(parts)
        place.is_open = not named or any(map(_describes_others, parts))
        for name, inner in named.items():
            if len(self.fields) >= _MOST_FIELDS:
                place.is_open = True  # names beyond the bound are documented as well
                break
            pointer = place.pointer + write_pointer((name,))
            below = place.names[name] = Place(pointer, len(self.fields))
            self.fields.append(pointer)
            self.look(inner, below, level + 1, above)
        if items:
            place.items = Place(place.pointer + "/*")
            self.look(items, place.items, level + 1, above)
        if others:
            place.others = Place(place.pointer + "/*")
            self.look(others, place.others, level + 1, above)
        nameless = (place.items, place.others)
        place.leads_on = bool(place.names or place.values or any(one is not None and one.leads_on for one in nameless))

    def _in_place(self, schemas: Sequence[object]) -> Iterator[Schema]:
        """Give every schema that describes this place, also those that do so only for some values."""
        waiting, seen = list(schemas), set[int]()
        while waiting and len(seen) < _MOST_PARTS:
            for part in schemas_in_place(self._bundle, waiting.pop(0), conditional=False):
                if id(part) in seen:
                    continue
                seen.add(id(part))
                yield part
                waiting.extend(part[keyword] for keyword in ("then", "else") if keyword in part)
                for keyword in ("dependencies", "dependentSchemas"):
                    waiting.extend(one for one in _mapped(part.get(keyword)).values() if isinstance(one, dict))

    def _take_values(self, parts: Sequence[Schema], place: Place) -> None:
        for part in parts:
            listed = part["enum"] if isinstance(part.get("enum"), list) else []
            for value in [*listed, *([part["const"]] if "const" in part else [])]:
                if value.__class__ not in SCALARS:
                    continue
                key = value_key(value)
                known = place.values = place.values or {}
                if key not in known and len(self.values) < _MOST_VALUES:
                    known[key] = len(self.values)
                    self.values.append(f"{place.pointer} = {shown(value)}".lstrip())


def _inside(parts: Sequence[Schema]) -> tuple[dict[str, list[object]], list[object], list[object]]:
    """Give what is described below a place: of properties by name, of other properties, of items."""
    named: dict[str, list[object]] = {}
    others: list[object] = []
    items: list[object] = []
    for part in parts:
        for name, inner in _mapped(part.get("properties")).items():
            named.setdefault(name, []).append(inner)
        for name in part["required"] if isinstance(part.get("required"), list) else ():
            if isinstance(name, str):
                named.setdefault(name, [])
        others.extend(_mapped(part.get("patternProperties")).values())
        others.extend(part[one] for one in _OTHERS if isinstance(part.get(one), dict))
        for keyword in ("items", "prefixItems", "additionalItems", "unevaluatedItems"):
            found = part.get(keyword)
            items.extend(found if isinstance(found, list) else [found] if isinstance(found, dict) else [])
    return named, others, items


_OTHERS: Final = ("additionalProperties", "unevaluatedProperties")


def _describes_others(part: Schema) -> bool:
    """Whether a schema says of properties without a name that they may be there."""
    return bool(part.get("patternProperties")) or any(part.get(one, False) is not False for one in _OTHERS)


def _mapped(value: object) -> Schema:
    return value if isinstance(value, dict) else {}
