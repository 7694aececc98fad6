"""Which documented fields and values the traffic has shown, message by message, and what it has shown beside them.

Rule 1: what did not change is the same object as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from asyncwatch.checks.coverage.check import MessageMarks
from asyncwatch.checks.coverage.looking import Beside
from asyncwatch.model.marks import write_marks
from asyncwatch.model.report import Share, ShownMessage, UndocumentedRow

_LISTED: Final = 100
"""Names of one message in a list at most; counts are always whole."""
_ROWS: Final = 1_000

Place = tuple[str, str, str]
"""Document, channel and message."""
Shows = Callable[[str], bool]


class _Told(NamedTuple):
    marks: tuple[tuple[int, int], ...]
    shown: ShownMessage
    beside: list[UndocumentedRow]


class FieldCoverage:
    """Writes out what the checks have seen."""

    def __init__(self) -> None:
        self._told: dict[Place, _Told] = {}
        self._shows: Shows | None = None

    def show_names(self, shows: Shows | None) -> None:
        """Say for a path whether a name that is not documented may be told; None = none may."""
        self._shows = shows
        self._told.clear()

    def write(self, found: dict[Place, list[MessageMarks]]) -> tuple[list[ShownMessage], list[UndocumentedRow]]:
        """Give a row for each message, and what came beside the documents; marks of several servers are united."""
        before, self._told = self._told, {}
        for place, marks in found.items():
            state = tuple((id(one), one.version) for one in marks)
            known = before.get(place)
            self._told[place] = (
                known if known is not None and known.marks == state else self._write(place, marks, state)
            )
        every = self._told.values()
        return [one.shown for one in every], [row for one in every for row in one.beside][:_ROWS]

    def _write(self, place: Place, marks: Sequence[MessageMarks], state: tuple[tuple[int, int], ...]) -> _Told:
        first = marks[0]
        version = "".join(one.described.digest for one in (first.payload, first.headers) if one is not None)
        fields = _united([[*_column(one, "fields")] for one in marks])
        values = _united([[*_column(one, "values")] for one in marks])
        named = _names(first, "fields", "header "), _names(first, "values", "header ")
        shown = ShownMessage(
            *place, fields=_share(fields), enum_values=_share(values), unseen_fields=_unseen(fields, named[0]),
            unseen_values=_unseen(values, named[1]), marks=write_marks(version, [fields, values]),
        )  # fmt: skip
        return _Told(state, shown, self._beside(place, marks))

    def _beside(self, place: Place, marks: Sequence[MessageMarks]) -> list[UndocumentedRow]:
        rows: dict[tuple[str, str], UndocumentedRow] = {}
        for one in marks:
            for part, of_part in (("payload", one.payload), ("headers", one.headers)):
                for path, beside in () if of_part is None else of_part.beside.items():
                    row = rows.setdefault((part, path), UndocumentedRow(*place, part=part, path=path, messages=0))
                    row.messages += beside.messages
                    row.names = sorted({*row.names, *self._allowed(path, beside)})
        return [rows[name] for name in sorted(rows)]

    def _allowed(self, path: str, beside: Beside) -> Iterable[str]:
        shows = self._shows
        if shows is None:
            return ()
        above = path.removesuffix("*")
        return [_neutral(name) for name in beside.names if shows(above + name.replace("~", "~0").replace("/", "~1"))]


def _column(marks: MessageMarks, what: str) -> bytes:
    parts = [one for one in (marks.payload, marks.headers) if one is not None]
    return b"".join(bytes(getattr(one, what)) for one in parts)


def _names(marks: MessageMarks, what: str, prefix: str) -> list[str]:
    payload = [] if marks.payload is None else list(getattr(marks.payload.described, what))
    headers = () if marks.headers is None else getattr(marks.headers.described, what)
    return payload + [prefix + one.removeprefix("/") for one in headers]


def _united(columns: Sequence[Sequence[int]]) -> bytes:
    """Unite what several servers have shown of one message: of equal schemas, or the first of different ones counts."""
    first = columns[0]
    alike = [one for one in columns if len(one) == len(first)]
    return bytes(map(max, zip(*alike, strict=True))) if len(alike) > 1 else bytes(first)


def _share(column: bytes) -> Share:
    return Share(documented=len(column), seen=sum(column))


def _unseen(column: bytes, names: Sequence[str]) -> list[str]:
    return [name for name, seen in zip(names, column, strict=True) if not seen][:_LISTED]


def _neutral(name: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
