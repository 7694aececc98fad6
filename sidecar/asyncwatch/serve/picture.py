"""The present picture as encoded parts, and what changed in it since the last look.

Rule 1: what is compared and given out are bytes: nothing that moves on in the ledger can change a picture afterwards.
Rule 2: a row that is the same object as before is not even encoded (the ledger promises that for the lists named
here); of another row each field is compared by its bytes, and one that differs is told whole, as is a row of which
more than half differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Final, get_args, get_type_hints

import msgspec
import orjson
from msgspec import Struct

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import Snapshot, View
from asyncwatch.serve.patch import diff

_SAME_OBJECTS: Final = frozenset({"/channels", "/findings", "/view/channels"})
_encode: Final = msgspec.json.Encoder().encode


class _Rows:
    """A list of rows of one kind: the objects they were made of, and the bytes of each one's fields."""

    __slots__ = ("_fields", "_names", "_path", "_skips", "_values", "encoded", "objects")

    def __init__(self, path: str, kind: type[Struct]) -> None:
        self._path = path
        self._skips = path in _SAME_OBJECTS
        fields = msgspec.structs.fields(kind)
        self._names = [one.encode_name for one in fields]
        self._fields = [b'"%s":' % name.encode() for name in self._names]
        self._values = attrgetter(*(one.name for one in fields))
        self.objects: Sequence[object] = ()
        self.encoded: list[list[bytes]] = []

    def look(self, rows: Sequence[object]) -> list[bytes]:
        """Take the rows as they are now, and give the operations that lead there.

        Cost: bench loop[picture].
        """
        encoded, objects, values, skips, path = self.encoded, self.objects, self._values, self._skips, self._path
        operations: list[bytes] = []
        shared = min(len(rows), len(encoded))
        for index in range(shared):
            row = rows[index]
            if skips and row is objects[index]:
                continue
            now = list(map(_encode, values(row)))
            before = encoded[index]
            if now == before:
                continue
            encoded[index] = now
            moved = [at for at, one in enumerate(before) if one != now[at]]
            if len(moved) * 2 > len(now):  # the paths would be longer than the row
                operations.append(_operation("replace", f"{path}/{index}", self._join(now)))
            else:
                operations += [_operation("replace", f"{path}/{index}/{self._names[at]}", now[at]) for at in moved]
        operations.extend(_operation("remove", f"{path}/{index}") for index in range(len(encoded) - 1, shared - 1, -1))
        del encoded[shared:]
        for row in rows[shared:]:
            now = list(map(_encode, values(row)))
            encoded.append(now)
            operations.append(_operation("add", f"{path}/-", self._join(now)))
        self.objects = rows if skips else ()
        return operations

    def whole(self) -> bytes:
        return b"[" + b",".join(map(self._join, self.encoded)) + b"]"

    def _join(self, row: Sequence[bytes]) -> bytes:
        return b"{" + b",".join([name + value for name, value in zip(self._fields, row, strict=True)]) + b"}"


class Picture:
    """Looks at the ledger when it is told to, and keeps what it saw.

    `findings`: the finding groups of the last look.
    """

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._report = _members(Snapshot, "", leave_out="view")
        self._view = _members(View, "/view")
        self._parts: dict[str, bytes] = {}
        self._rows: dict[str, _Rows] = {}
        self._whole: bytes | None = None
        self.findings: Sequence[FindingRow] = ()

    def look(self) -> bytes:
        """Take a new picture and give the operations that lead there from the last one, as JSON.

        Cost: bench loop[picture].
        """
        snapshot = self._snapshot()
        operations: list[bytes] = []
        for of, members in ((snapshot, self._report), (snapshot.view, self._view)):
            for name, path, kind in members:
                value = getattr(of, name)
                if kind is not None and isinstance(value, list):
                    operations += self._look_at_rows(path, kind, value)
                else:
                    operations += self._look_at_part(path, _encode(value))
        self.findings = snapshot.findings
        self._whole = None
        return b"[" + b",".join(operations) + b"]"

    def _look_at_part(self, path: str, encoded: bytes) -> Iterator[bytes]:
        before = self._parts.get(path)
        self._parts[path] = encoded
        if self._rows.pop(path, None) is not None or before is None:
            yield _operation("replace", path, encoded)
        elif before != encoded:
            if encoded[:1] == before[:1] == b"{":
                yield from map(orjson.dumps, diff(orjson.loads(before), orjson.loads(encoded), path))
            else:
                yield _operation("replace", path, encoded)

    def _look_at_rows(self, path: str, kind: type[Struct], rows: Sequence[object]) -> Iterator[bytes]:
        known = self._rows.get(path)
        if known is None:
            known = self._rows[path] = _Rows(path, kind)
            self._parts.pop(path, None)
            yield _operation("replace", path, b"[]")
        yield from known.look(rows)

    def whole(self) -> bytes:
        """Give the last picture as a whole: the snapshot as JSON."""
        if self._whole is None:
            view = b",".join(self._member(path) for _, path, _ in self._view)
            report = b",".join(self._member(path) for _, path, _ in self._report)
            self._whole = b"{" + report + b',"view":{' + view + b"}}"
        return self._whole

    def _member(self, path: str) -> bytes:
        name = path.rpartition("/")[2].encode()
        rows = self._rows.get(path)
        return b'"%s":%s' % (name, self._parts[path] if rows is None else rows.whole())


def _members(kind: type[Struct], path: str, *, leave_out: str = "") -> list[tuple[str, str, type[Struct] | None]]:
    """Give name, path and, for lists of rows, the kind of row of each member."""
    hints = get_type_hints(kind)
    return [
        (one.name, f"{path}/{one.encode_name}", _row_kind(hints[one.name]))
        for one in msgspec.structs.fields(kind)
        if one.name != leave_out
    ]


def _row_kind(hint: object) -> type[Struct] | None:
    """Give the kind of row in `list[Row]` and `list[Row] | None`."""
    for one in (hint, *get_args(hint)):
        if getattr(one, "__origin__", None) is list:
            (kind,) = get_args(one)
            if isinstance(kind, type) and issubclass(kind, Struct):
                return kind
    return None


def _operation(verb: str, path: str, value: bytes | None = None) -> bytes:
    """Write an operation; names of fields need no escape."""
    if value is None:
        return b'{"op":"%s","path":"%s"}' % (verb.encode(), path.encode())
    return b'{"op":"%s","path":"%s","value":%s}' % (verb.encode(), path.encode(), value)
