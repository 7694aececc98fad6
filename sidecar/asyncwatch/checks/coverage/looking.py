"""What the messages of one documented message have shown of it, and beside it.

Rule 1: no value is kept; of names that are not declared a few are, and they are told only where somebody asks for them.
Rule 2: a message costs at most a bounded number of steps, whatever it weighs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
from msgspec import Struct

from asyncwatch.checks.base import header_text
from asyncwatch.checks.protocol_headers import is_of_protocol
from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.described import SCALARS, Described, Place, value_key

_MOST_STEPS: Final = 2_000
"""Parts of a message that are looked at."""
_MOST_PATHS: Final = 200
_MOST_NAMES: Final = 20
_MOST_SIGNS: Final = 100


class Beside(Struct):
    """What came at a place that is described without it: in how many messages, and the first few names."""

    messages: int
    names: dict[str, None]


class Marks:
    """Fields and values of one schema that were seen, one byte each, and what was met beside them."""

    __slots__ = ("beside", "described", "fields", "seen", "values")

    def __init__(self, described: Described) -> None:
        self.described = described
        self.fields = bytearray(len(described.fields))
        self.values = bytearray(len(described.values))
        self.beside: dict[str, Beside] = {}
        """By the path of the place, `/order/*`."""
        self.seen = 0
        """How often something was seen for the first time, or beside the document: what was told before is old when it moves."""

    def look(self, value: object) -> None:
        """Follow a payload along the documented places.

        Cost: bench loop[coverage].
        """
        fields, left = self.fields, _MOST_STEPS
        waiting: list[tuple[Place, Any]] = [(self.described.root, value)]
        met: dict[str, list[str]] | None = None
        while waiting and left > 0:
            place, part = waiting.pop()
            if part.__class__ is dict:
                names, others = place.names, place.others
                left -= len(part)
                for name, inner in part.items() if left >= 0 else ():
                    if name in names:
                        below = names[name]
                        if not fields[below.field]:
                            fields[below.field] = 1
                            self.seen += 1
                        if below.leads_on:
                            waiting.append((below, inner))
                    elif others is not None:
                        if others.leads_on:
                            waiting.append((others, inner))
                    elif not place.is_open:
                        met = {} if met is None else met
                        met.setdefault(place.pointer + "/*", []).append(name)
            elif part.__class__ is list:
                items = place.items
                if items is not None and items.leads_on:
                    waiting.extend((items, inner) for inner in part[:left])
                    left -= len(part)
            elif place.values is not None and part.__class__ in SCALARS:
                self._take_value(place.values.get(value_key(part)))
        if met is not None:
            self._take_beside(met)

    def look_at_headers(self, headers: Iterable[tuple[str, HeaderValue]], folded: dict[str, Place]) -> None:
        """Compare headers with the documented ones; `folded`: their places by name in lower case."""
        met: list[str] = []
        for name, value in headers:
            place = folded.get(name.lower())
            if place is None:
                if not is_of_protocol(name.lower()):
                    met.append(name)
                continue
            if not self.fields[place.field]:
                self.fields[place.field] = 1
                self.seen += 1
            if place.values is not None:
                self._take_header(place.values, value)
        if met and not self.described.root.is_open:
            self._take_beside({"/*": met})

    def _take_header(self, values: dict[object, int], value: HeaderValue) -> None:
        """A header's value is text, or the JSON value that the text spells (settled 18)."""
        text = header_text(value)
        if text is None:
            return
        index = values.get(text)
        if index is None:
            try:
                spelled = orjson.loads(text)
            except ValueError:
                return
            index = values.get(value_key(spelled)) if spelled.__class__ in SCALARS else None
        self._take_value(index)

    def _take_value(self, index: int | None) -> None:
        if index is not None and not self.values[index]:
            self.values[index] = 1
            self.seen += 1

    def _take_beside(self, met: dict[str, list[str]]) -> None:
        self.seen += 1
        for path, names in met.items():
            beside = self.beside.get(path)
            if beside is None:
                if len(self.beside) >= _MOST_PATHS:
                    continue
                beside = self.beside[path] = Beside(0, {})
            beside.messages += 1
            for name in names[:_MOST_NAMES]:
                if len(beside.names) < _MOST_NAMES:
                    beside.names[name[:_MOST_SIGNS]] = None

    def go_on(self, other: Marks) -> None:
        """Take what was seen of an earlier version of the same message, as far as it still stands there."""
        mine, before = self.described, other.described
        for own, had, names, old in (
            (self.fields, other.fields, mine.fields, before.fields),
            (self.values, other.values, mine.values, before.values),
        ):
            shown = {name for name, seen in zip(old, had, strict=True) if seen}
            for index, name in enumerate(names):
                if name in shown:
                    own[index] = 1
        self.seen += 1


def unseen(marks: bytearray, names: Iterable[str]) -> list[str]:
    """Name what was documented and not seen."""
    return [name for name, seen in zip(names, marks, strict=True) if not seen]
