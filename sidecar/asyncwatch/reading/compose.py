"""Parser events to plain values, without recursion and within bounds.

Rule 1: nesting is counted while the text is parsed, so depth costs no stack.
Rule 2: an alias counts as many nodes as what it repeats, so a small text cannot become a large value.
Rule 3: keys are text and stand once; a key that comes by merge (`<<`) gives way to one that is written.
Rule 4: where faults are collected, a key that is no text is taken as it is written, of two equal keys the last counts,
and an unknown tag is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from yaml import events

from asyncwatch.reading.malformed import Faults, Malformed, Problem, note
from asyncwatch.reading.scalars import MAPPING_TAG, SEQUENCE_TAG, Scalar, resolve_plain, resolve_tagged

try:
    from yaml._yaml import CParser as EventParser
except ImportError:  # PyYAML was built without libyaml
    from yaml import Loader as EventParser  # type: ignore[assignment] # only its event interface is used

MOST_NODES: Final = 1_000_000
"""Nodes of one text at most, aliases expanded (facts on asyncapi, section 5)."""
MOST_LEVELS: Final = 200
"""Levels of nesting at most; what reads the tree may then call itself once a level."""

Mark: TypeAlias = tuple[int, int, Any]
"""Line, column, and the marks inside: a dict by key, a list by index, or None. (The type is recursive.)"""


class _Open:
    """A collection whose end has not come yet."""

    __slots__ = ("anchor", "column", "key", "key_mark", "line", "marks", "merged", "size", "value")

    def __init__(self, value: dict[str, object] | list[object], anchor: str | None, line: int, column: int) -> None:
        self.value = value
        self.marks: dict[str, Mark] | list[Mark] = {} if isinstance(value, dict) else []
        self.anchor = anchor
        self.line = line
        self.column = column
        self.key: str | None = None
        self.key_mark = (line, column)
        self.merged: list[tuple[object, Mark]] = []
        self.size = 1


class Composer:
    """Reads one text once.

    `restored`: signs that stand for others while YAML 1.1 is parsed (see `tree.py`).
    """

    def __init__(
        self, data: bytes | str, file: str, faults: Faults | None = None, restored: Mapping[int, str] | None = None
    ) -> None:
        self._parser = EventParser(data)
        self._file = file
        self._faults = faults
        self._restored = restored
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[object, Mark, int]] = {}
        self._unfinished: set[str] = set()
        self._size = 0
        self._result: tuple[object, Mark] | None = None

    def compose(self) -> tuple[object, Mark]:
        """Give the text's only document.

        Raises: Malformed, and PyYAML's errors.
        """
        next_event = self._parser.get_event
        is_simple = self._restored is None
        documents = 0
        while True:
            event: Any = next_event()
            kind = type(event)
            if kind is events.ScalarEvent:
                if is_simple and event.anchor is None and event.tag is None:
                    self._plain(event)
                else:
                    self._scalar(event)
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                self._start(event, {} if kind is events.MappingStartEvent else [])
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                self._end()
            elif kind is events.AliasEvent:
                self._alias(event)
            elif kind is events.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._malformed("syntax", "a second document in one file", event)
            elif kind is events.StreamEndEvent:
                break
        if self._result is None:
            raise Malformed("empty", "the file is empty", self._file)
        return self._result

    def _plain(self, event: Any) -> None:
        """Take a scalar without anchor and tag: nearly all are, so this is `_scalar` and `_add` in one."""
        text: str = event.value
        value: Scalar = text
        mark = event.start_mark
        self._size += 1
        if self._size > MOST_NODES or not self._open:
            self._size -= 1
            self._scalar(event)
            return
        parent = self._open[-1]
        into = parent.value
        if event.implicit[0]:
            try:
                value = resolve_plain(text)
            except ValueError as error:
                raise self._malformed("syntax", str(error), event) from None
        parent.size += 1
        if type(into) is list:
            into.append(value)
            parent.marks.append((mark.line + 1, mark.column + 1, None))  # type: ignore[union-attr] # made with the value
        elif parent.key is not None:
            into[parent.key] = value  # type: ignore[call-overload] # a dict, as it is no list
            parent.marks[parent.key] = (*parent.key_mark, None)  # type: ignore[call-overload] # made with the value
            parent.key = None
        elif type(value) is str and value not in into and value != "<<":
            parent.key = value
            parent.key_mark = (mark.line + 1, mark.column + 1)
        else:
            self._take_key(
                parent,
                value,
                (mark.line + 1, mark.column + 1, None),
                event,
                is_merge=value == "<<" and event.implicit[0],
            )

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        tag, text = event.tag, event.value
        if self._restored is not None:
            text = text.translate(self._restored)
        try:
            value: Scalar
            if tag is None:
                value = resolve_plain(text) if event.implicit[0] else text
            elif tag == "!":
                value = text
            else:
                value = resolve_tagged(text, tag)
        except LookupError:
            self._refuse_tag(event)
            value = text
        except ValueError as error:
            raise self._malformed("syntax", str(error), event) from None
        leaf: Mark = (mark.line + 1, mark.column + 1, None)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, leaf, 1)
        is_merge = value == "<<" and event.implicit[0]
        self._add(value, leaf, 1, event, is_merge=is_merge)

    def _refuse_tag(self, event: Any) -> None:
        fault = self._malformed("tag", f"the tag '{event.tag[:80]}' is not read", event)
        fault.pointer = self._pointer()
        note(fault, self._faults)

    def _pointer(self) -> tuple[str | int, ...]:
        """Give the way to what is read now."""
        way = (one.key if isinstance(one.value, dict) else len(one.value) for one in self._open)
        return tuple(part for part in way if part is not None)

    def _start(self, event: Any, value: dict[str, object] | list[object]) -> None:
        wanted = MAPPING_TAG if isinstance(value, dict) else SEQUENCE_TAG
        if event.tag is not None and event.tag not in {wanted, "!"}:
            self._refuse_tag(event)
        if len(self._open) >= MOST_LEVELS:
            raise self._malformed("too-large", f"nested deeper than {MOST_LEVELS} levels", event)
        if self._expects_key():
            raise self._malformed("key-type", "a key that is no text", event)
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)
            self._unfinished.add(event.anchor)
        mark = event.start_mark
        self._open.append(_Open(value, event.anchor, mark.line + 1, mark.column + 1))

    def _end(self) -> None:
        closed = self._open.pop()
        for value, inner in closed.merged:
            self._merge(closed, value, inner)
        mark: Mark = (closed.line, closed.column, closed.marks)
        if closed.anchor is not None:
            self._unfinished.discard(closed.anchor)
            self._anchors[closed.anchor] = (closed.value, mark, closed.size)
        self._add(closed.value, mark, closed.size, None)

    def _alias(self, event: Any) -> None:
        found = self._anchors.get(event.anchor)
        if found is None:
            inside = event.anchor in self._unfinished
            what = "an alias inside what it repeats" if inside else f"the alias '{event.anchor[:80]}' has no anchor"
            raise self._malformed("syntax", what, event)
        value, mark, size = found
        here = event.start_mark
        self._size += size - 1  # `_add` counts one
        self._add(value, (here.line + 1, here.column + 1, mark[2]), size, event)

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _add(self, value: object, mark: Mark, size: int, event: Any, *, is_merge: bool = False) -> None:
        """Put a finished node where it belongs: a key, a mapping's value, an item, or the document."""
        self._size += 1
        if self._size > MOST_NODES:
            raise Malformed(
                "too-large", f"more than {MOST_NODES:,} values, aliases expanded", self._file, mark[0], mark[1]
            )
        if not self._open:
            self._result = (value, mark)
            return
        parent = self._open[-1]
        parent.size += size
        if isinstance(parent.value, list):
            parent.value.append(value)
            assert isinstance(parent.marks, list)  # made together with the value
            parent.marks.append(mark)
        elif parent.key is None:
            self._take_key(parent, value, mark, event, is_merge=is_merge)
        else:
            key, parent.key = parent.key, None
            if key == "<<" and isinstance(value, dict | list):
                parent.merged.append((value, mark))
                return
            parent.value[key] = value
            assert isinstance(parent.marks, dict)
            parent.marks[key] = (*parent.key_mark, mark[2])

    def _take_key(self, parent: _Open, key: object, mark: Mark, event: Any, *, is_merge: bool) -> None:
        assert isinstance(parent.value, dict)
        if not isinstance(key, str):
            shown = "null" if key is None else str(key).lower() if isinstance(key, bool) else "a number"
            key = _as_text(key)
            note(
                Malformed(
                    "key-type", f"a key that is no text ({shown})", self._file, mark[0], mark[1],
                    hint="put it in quotes", pointer=(*self._pointer(), key),
                ),
                self._faults,
            )  # fmt: skip
        if key in parent.value or (is_merge and parent.merged):
            note(
                Malformed(
                    "duplicate-key", f"the key '{key[:80]}' stands twice", self._file, mark[0], mark[1],
                    pointer=(*self._pointer(), key),
                ),
                self._faults,
            )  # fmt: skip
        parent.key = key
        parent.key_mark = (mark[0], mark[1])

    def _merge(self, into: _Open, value: object, mark: Mark) -> None:
        sources = zip(value, mark[2] or [], strict=True) if isinstance(value, list) else [(value, mark)]
        assert isinstance(into.value, dict)
        assert isinstance(into.marks, dict)
        for source, marks in sources:
            if not isinstance(source, dict):
                raise Malformed("syntax", "'<<' merges mappings only", self._file, mark[0], mark[1])
            for key, inner in source.items():
                if key not in into.value:
                    into.value[key] = inner
                    into.marks[key] = marks[2][key]

    def _malformed(self, problem: Problem, what: str, event: Any) -> Malformed:
        mark = event.start_mark
        return Malformed(problem, what, self._file, mark.line + 1, mark.column + 1)

    @property
    def size(self) -> int:
        """Give the number of nodes, aliases expanded."""
        return self._size


def _as_text(key: object) -> str:
    """Write a key that is no text as JSON writes it."""
    return "null" if key is None else str(key).lower() if isinstance(key, bool) else str(key)
