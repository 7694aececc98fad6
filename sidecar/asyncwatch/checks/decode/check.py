"""Payload bytes to values, in the format that the wire names, else the document.

Rule 1: what cannot be read because we lack the format or a schema is unchecked; what is broken is undecodable.
Rule 2: a null payload is a tombstone, whatever the schema says (settled 7).
Rule 3: candidates of one format share one reading; a row is undecodable only if it is broken in every candidate's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.checks.base import header_text, note_fault
from asyncwatch.checks.decode.wire import TYPES, WireFormat, WireFormats
from asyncwatch.decode.media_type import is_identity, kind_of
from asyncwatch.decode.readers import reader_for
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.form import Form
from asyncwatch.model.observation import Observation
from asyncwatch.model.reading import Broken, PayloadReader, Problem, Reading, Unread
from asyncwatch.model.route import Route
from asyncwatch.model.state import TOMBSTONE, UNDECODABLE, UNKNOWN

_ENCODING: Final = "content-encoding"
_READERS: Final = 256
"""Readers of a route at most: a producer that invents content types costs a look-up each, not memory."""


class DecodeStatistics(Struct):
    """Payloads decoded and refused."""

    decoded: int = 0
    refused: int = 0


class DecodeCheck:
    """Fills `readings`, `values` and `decoded`, and the states tombstone, undecodable and unknown."""

    writes: ClassVar[frozenset[str]] = frozenset(
        {"readings", "values", "decoded", "state", "message", "reasons", "faults"}
    )

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        return (*TYPES, _ENCODING) if route.candidates else ()

    def __init__(self, route: Route) -> None:
        self._statistics = DecodeStatistics()
        self._severities = route.severities
        self._undescribed = not route.candidates
        self._only = len(route.candidates) == 1
        self._message = route.candidates[0].message if self._only else None
        self._schemas = route.schemas
        self._most_bytes = route.most_bytes
        self._too_large = Unread(f"larger than {route.most_bytes:,} bytes")
        self._wire = WireFormats(route)
        self._encoding_slot = route.slots.get(_ENCODING)
        forms = list(dict.fromkeys(candidate.form for candidate in route.candidates))
        self._forms = forms
        self._form_of = [forms.index(candidate.form) for candidate in route.candidates]
        self._readers: dict[Form, PayloadReader | Unread] = {}

    def observe(self, obs: Observation, /) -> None:
        """Read every payload in the format of each candidate.

        Cost: bench loop[decode].
        """
        if self._undescribed:
            state = obs.state
            for row, payload in enumerate(obs.batch.payloads):
                state[row] = TOMBSTONE if payload is None else UNKNOWN
            return
        if self._only:
            obs.message = [0] * len(obs.batch)
        bodies, problems = self._wanted(obs)
        formats = self._wire.of(obs)
        if formats is not None:
            for row, one in enumerate(formats):
                if one.fault is not None:
                    obs.faults.append((row, one.fault))
        readings = [self._read(form, bodies, obs, formats) for form in self._forms]
        first = readings[0]
        obs.readings = readings if self._only else [readings[index] for index in self._form_of]
        obs.values, obs.decoded = first.values, first.decoded
        if len(readings) == 1 and first.notes:
            self._tell(obs, first)
        decoded = first.decoded.count(1)
        self._statistics.decoded += decoded
        if decoded != len(bodies):
            self._settle(obs, readings, problems)

    def _wanted(self, obs: Observation) -> tuple[Sequence[bytes | None], dict[int, Problem]]:
        """Leave out what has no data or too much of it, and say why."""
        bodies = obs.bodies
        problems: dict[int, Problem] = {}
        problems |= self._encoded(obs)
        most = self._most_bytes
        try:
            if not problems and max(map(len, bodies)) <= most:  # type: ignore[arg-type] # null payloads raise, which is the test
                return bodies, problems
        except TypeError:
            pass
        for row, body in enumerate(bodies):
            if body is not None and len(body) > most:
                problems[row] = self._too_large
        if problems:
            bodies = [None if row in problems else body for row, body in enumerate(bodies)]
        return bodies, problems

    def _encoded(self, obs: Observation) -> dict[int, Problem]:
        """Give the rows whose data is compressed."""
        if self._encoding_slot is None:
            return {}
        column = obs.fields[self._encoding_slot]
        if not any(column):
            return {}
        texts = [header_text(value) for value in column]
        return {
            row: Unread("content encoding is not read")
            for row, text in enumerate(texts)
            if column[row] is not None and (text is None or not is_identity(text))
        }

    def _read(
        self, form: Form, bodies: Sequence[bytes | None], obs: Observation, formats: Sequence[WireFormat] | None
    ) -> Reading:
        """Read a batch as one documented format, where the wire names no other."""
        if formats is None:
            return _read_by(self._reader(form), bodies, obs)
        rows_of: dict[WireFormat, list[int]] = {}
        for row, one in enumerate(formats):
            rows_of.setdefault(one, []).append(row)
        if len(rows_of) == 1:
            return _read_by(self._reader(_on_wire(form, formats[0])), bodies, obs)
        n = len(bodies)
        whole = Reading([None] * n, bytearray(n))
        for one, rows in rows_of.items():
            part: list[bytes | None] = [None] * n
            for row in rows:
                part[row] = bodies[row]
            _merge(whole, _read_by(self._reader(_on_wire(form, one)), part, obs), rows)
        return whole

    def _reader(self, form: Form) -> PayloadReader | Unread:
        reader = self._readers.get(form)
        if reader is None:
            reader = reader_for(form, self._schemas)
            if len(self._readers) < _READERS:
                self._readers[form] = reader
        return reader

    def _tell(self, obs: Observation, reading: Reading) -> None:
        """Say what there is to say of a reading that all candidates share; else it depends on which is chosen."""
        for row, note in reading.notes:
            fault = note_fault(note, self._severities, self._message)
            if fault is not None:
                obs.faults.append((row, fault))
        reading.notes = []

    def _settle(self, obs: Observation, readings: Sequence[Reading], problems: dict[int, Problem]) -> None:
        """Give a state to the rows that no candidate's format has a value for."""
        payloads, state = obs.batch.payloads, obs.state
        decoded = readings[0].decoded
        for row, payload in enumerate(payloads):
            if decoded[row]:
                continue
            if payload is None:
                state[row] = TOMBSTONE
                continue
            if any(reading.decoded[row] for reading in readings):
                continue
            problem = problems.get(row) or _common_problem(readings, row)
            if isinstance(problem, Unread):
                obs.reasons.append((row, problem.reason))
                continue
            self._statistics.refused += 1
            state[row] = UNDECODABLE
            severity = self._severities["payload.undecodable"]
            if severity != "off":
                obs.faults.append((row, self._undecodable(problem, severity)))

    def _undecodable(self, problem: Broken, severity: str) -> Fault:
        return Fault(
            rule="payload.undecodable", severity=severity, message=self._message, expected=problem.expected,
            actual=problem.reason, summary=f"the payload is not {problem.expected}", keyword="contentType",
        )  # fmt: skip

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> DecodeStatistics:
        return self._statistics


def _on_wire(form: Form, wire: WireFormat) -> Form:
    """Give the form in which rows of one wire format are read for a candidate."""
    if wire.is_framed and form.native_kind is not None:
        return form if form.kind == form.native_kind else replace(form, kind=form.native_kind)
    if wire.content_type is None:
        return form
    kind = kind_of(wire.content_type)
    return (
        form
        if kind == form.kind and form.content_type == wire.content_type
        else replace(form, kind=kind, content_type=wire.content_type, is_on_wire=True)
    )


def _read_by(reader: PayloadReader | Unread, bodies: Sequence[bytes | None], obs: Observation) -> Reading:
    if not isinstance(reader, Unread):
        return reader.read(bodies, obs.frames)
    n = len(bodies)
    reading = Reading([None] * n, bytearray(n))
    reading.problems = {row: reader for row, body in enumerate(bodies) if body is not None}
    return reading


def _merge(whole: Reading, part: Reading, rows: Sequence[int]) -> None:
    """Take some rows of a reading into another; what is judged by its reading stays so, row by row."""
    values, decoded = whole.values, whole.decoded
    for row in rows:
        values[row] = part.values[row]
        decoded[row] = part.decoded[row]
        if part.judged is not None:
            whole.judged = whole.judged or bytearray(len(values))
            whole.judged[row] = part.judged[row]
    whole.problems |= part.problems
    whole.breaches |= part.breaches
    whole.notes += part.notes


def _common_problem(readings: Sequence[Reading], row: int) -> Problem:
    """Give why a row has no value in any format: what could not be judged goes before what is broken."""
    found = [reading.problems[row] for reading in readings if row in reading.problems]
    return next((one for one in found if isinstance(one, Unread)), found[0] if found else Unread("not read"))
