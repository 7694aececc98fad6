"""A message's headers as the JSON object that a headers schema describes.

Rule 1: wire values are text; where the schema wants another type, the JSON value that the text spells is tried.
Rule 2: headers of instrumentation and protocol are never "additional" (settled 19).
"""

from __future__ import annotations

import orjson

from asyncwatch.checks.base import header_text
from asyncwatch.checks.protocol_headers import is_of_protocol
from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Schema

HeaderObject = dict[str, object]


class HeaderReader:
    """Builds the header objects of a batch for one candidate's schema."""

    __slots__ = ("_plan", "_schema", "_textual")

    def __init__(self, candidate: Candidate, slots: dict[str, int]) -> None:
        assert candidate.headers is not None  # only candidates with a headers schema are read
        self._schema: Schema = candidate.headers
        names = candidate.header_names
        self._plan: list[tuple[str, int]] | None = None
        self._textual: dict[str, bool] = {}
        if names is not None:
            self._plan = [(name, slots[name.lower()]) for name in names]

    def read(self, obs: Observation) -> tuple[list[HeaderObject], list[int]]:
        """Give each row's headers as an object, and the rows in which a documented header is no UTF-8 text.

        Cost: bench loop[contract].
        """
        n = len(obs.batch)
        if self._plan is not None:
            columns = self._columns(obs)
            if columns is not None:
                names = [name for name, _ in self._plan]
                if len(names) == 2:  # a literal is twice as fast as dict(zip())
                    first, second = names
                    return [{first: a, second: b} for a, b in zip(columns[0], columns[1], strict=True)], []
                return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)] or [{}] * n, []
        return [self.read_row(row, obs) for row in range(n)], [row for row in range(n) if self.undecodable(row, obs)]

    def _columns(self, obs: Observation) -> list[list[object]] | None:
        """Give a column of judged values for each documented name; None unless every row has them all as text."""
        columns: list[list[object]] = []
        for name, slot in self._plan or ():
            column = _texts(obs.fields[slot]) if self._is_textual(name) else _spelled_column(obs.fields[slot])
            if column is None:
                return None
            columns.append(column)
        return columns

    def read_row(self, row: int, obs: Observation) -> HeaderObject:
        """Give one row's headers as an object."""
        return self._read_all(row, obs) if self._plan is None else self._read_named(row, obs)

    def undecodable(self, row: int, obs: Observation) -> list[str]:
        """Name the documented headers of a row that are no UTF-8 text."""
        if self._plan is not None:
            return [name for name, slot in self._plan if header_text(obs.fields[slot][row]) is None]
        return [
            name
            for name, value in obs.batch.headers[row]
            if header_text(value) is None and self._schema.property_types(name) is not None
        ]

    def _read_named(self, row: int, obs: Observation) -> HeaderObject:
        assert self._plan is not None
        found: HeaderObject = {}
        for name, slot in self._plan:
            value = obs.fields[slot][row]
            if value is not None:
                found[name] = self._value(name, value)
        return found

    def _read_all(self, row: int, obs: Observation) -> HeaderObject:
        found: HeaderObject = {}
        for name, value in obs.batch.headers[row]:
            folded = name.lower()
            if self._schema.property_types(name) is None and is_of_protocol(folded):
                continue
            found[name] = None if value is None else self._value(name, value)
        return found

    def _value(self, name: str, value: HeaderValue) -> object:
        if not isinstance(value, bytes):
            return value
        text = value.decode("utf-8", "replace")
        return text if self._is_textual(name) else _spelled(text)

    def _is_textual(self, name: str) -> bool:
        """Tell whether a header is judged as text: its schema allows strings, or says nothing."""
        textual = self._textual.get(name)
        if textual is None:
            types = self._schema.property_types(name)
            textual = types is None or "string" in types
            if len(self._textual) < 1024:
                self._textual[name] = textual
        return textual


def _texts(column: list[HeaderValue]) -> list[object] | None:
    """Decode a column in which every row has bytes; None if one has not."""
    try:
        return list(map(bytes.decode, column))  # type: ignore[arg-type] # a row without bytes raises, which is the test
    except (TypeError, UnicodeDecodeError):
        return None


def _spelled_column(column: list[HeaderValue]) -> list[object] | None:
    """Give the JSON value of each row of a column; None if one is absent or spells none."""
    try:
        return list(map(orjson.loads, column))  # type: ignore[arg-type] # a row without bytes raises, which is the test
    except ValueError:
        return None


def _spelled(text: str) -> object:
    """Give the JSON value a text spells, or the text itself."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text
