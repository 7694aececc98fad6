"""What a message looks like, without saying what is in it: the names that the schema declares, and kinds.

Rule 1: a name stands in a sketch only if the document declares it; all others of an object are one `*`.
Rule 2: the work depends on what is declared, not on what the value weighs; fields and levels are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.declared import definition_of, schemas_in_place
from asyncwatch.contract.sites import kind_of, read_pointer, write_pointer
from asyncwatch.model.view import SampleField

MOST_FIELDS: Final = 50
_MOST_LEVELS: Final = 8
_MOST_NAMES: Final = 1_000
_MOST_SIGNS: Final = 120

Path = tuple[str | int, ...]
Schema = dict[str, Any]
Shows = Callable[[str], bool]


def sketch(bundle: Bundle, value: object, failing: str | None, shows: Shows | None = None) -> list[SampleField]:
    """Give the fields of a value by name and kind, the failing one marked.

    Shape: at most MOST_FIELDS, the failing one always among them. `shows` tells for a path whether its value may be
    shown; None = none may.
    """
    return _Sketch(bundle, failing, shows).run(value)


class _Sketch:
    def __init__(self, bundle: Bundle, failing: str | None, shows: Shows | None) -> None:
        self._bundle: Schema = bundle if isinstance(bundle, dict) else {}
        self._failing: Path | None = None if failing is None else read_pointer(failing)
        self._shows = shows
        self._fields: list[SampleField] = []
        self._told = False

    def run(self, value: object) -> list[SampleField]:
        if isinstance(value, dict | list):
            self._inside([self._bundle], value, (), 0)
        else:
            self._add((), kind_with_size(value), value)
        if self._failing is not None and not self._told:
            if len(self._fields) >= MOST_FIELDS:
                self._fields.pop()
            self._fields.append(SampleField(write_pointer(self._failing), "not shown", failing=True))
        return self._fields

    def _add(self, path: Path, kind: str, value: object = None) -> None:
        failing = self._failing is not None and tuple(map(str, path)) == self._failing
        if len(self._fields) >= MOST_FIELDS - (0 if failing or self._told or self._failing is None else 1):
            return
        self._told = self._told or failing
        pointer = write_pointer(path)
        is_shown = self._shows is not None and kind != "absent" and not isinstance(value, dict | list)
        text = _written(value) if is_shown and self._shows is not None and self._shows(pointer) else None
        self._fields.append(SampleField(pointer, kind, failing, text))

    def _inside(self, schemas: Sequence[object], value: object, path: Path, level: int) -> None:
        if level >= _MOST_LEVELS or len(self._fields) >= MOST_FIELDS:
            return
        if isinstance(value, dict):
            self._object(schemas, value, path, level)
        elif isinstance(value, list) and value:
            self._array(schemas, value, path, level)

    def _object(self, schemas: Sequence[object], value: Schema, path: Path, level: int) -> None:
        declared = self._properties(schemas)
        required = {name for schema in schemas for name in self._required(schema)}
        present = 0
        for name in list(dict.fromkeys([*declared, *required]))[:_MOST_NAMES]:
            inner = (*path, name)
            if name in value:
                present += 1
                self._add(inner, kind_with_size(value[name]), value[name])
                self._inside(declared.get(name, []), value[name], inner, level + 1)
            elif name in required or tuple(map(str, inner)) == self._failing:
                self._add(inner, "absent")
        if len(value) > present:
            self._add((*path, "*"), f"{len(value) - present} undeclared")

    def _array(self, schemas: Sequence[object], value: list[Any], path: Path, level: int) -> None:
        """Look at the first item, and at the one that fails."""
        items = [
            inner
            for schema in schemas
            for part in schemas_in_place(self._bundle, schema, conditional=True)
            for inner in (part.get("items"), *_listed(part.get("prefixItems")), *_listed(part.get("items")))
            if isinstance(inner, dict)
        ]
        chosen = [0]
        if self._failing is not None and self._failing[: len(path)] == tuple(map(str, path)):
            rest = self._failing[len(path) :]
            index = int(rest[0]) if rest and str(rest[0]).isdecimal() and len(str(rest[0])) < 10 else 0
            if 0 < index < len(value):
                chosen.append(index)
        for index in chosen:
            inner = (*path, index)
            self._add(inner, kind_with_size(value[index]), value[index])
            self._inside(items, value[index], inner, level + 1)

    def _properties(self, schemas: Sequence[object]) -> dict[str, list[object]]:
        found: dict[str, list[object]] = {}
        for schema in schemas:
            for part in schemas_in_place(self._bundle, schema, conditional=True):
                properties = part.get("properties")
                if isinstance(properties, dict):
                    for name, inner in properties.items():
                        found.setdefault(name, []).append(inner)
        return found

    def _required(self, start: object) -> Iterator[str]:
        """Give the names that are required whatever branch a value takes."""
        waiting, left = [start], 100
        while waiting and left:
            left -= 1
            schema = waiting.pop()
            if isinstance(schema, dict):
                yield from (one for one in _listed(schema.get("required")) if isinstance(one, str))
                waiting.extend(_listed(schema.get("allOf")))
                if isinstance(schema.get("$ref"), str):
                    waiting.append(definition_of(self._bundle, schema["$ref"]))


def kind_with_size(value: object) -> str:
    """Name a value's JSON type, with the length of a text or list: `string(36)`, `array(3)`."""
    kind = kind_of(value)
    return f"{kind}({len(value)})" if isinstance(value, str | list) else kind


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _written(value: object) -> str:
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        return "…"
    cut = text if len(text) <= _MOST_SIGNS else text[: _MOST_SIGNS - 1] + "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cut)
