"""Which trace context a message carries, in any of the formats that are read.

Rule 1: the first format that parses wins, in the order of the settings.
Rule 2: of several `traceparent` headers the last one counts; when it does not parse, nobody searches backwards.
Rule 3: a header that does not parse is a fault also where another format gave a context; the message is counted as
invalid only where none did.
Source: facts on telemetry §1 and §2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import ContextRow
from asyncwatch.model.route import Route
from asyncwatch.tracing.formats.base import Format
from asyncwatch.tracing.formats.table import chosen
from asyncwatch.tracing.formats.w3c import TRACECONTEXT
from asyncwatch.tracing.traceparent import HEADER, NO_SPAN, NO_TRACE, SHAPE, SHAPE_TABLE

_CAUSES: Final = 256
"""Faults kept ready; there are fewer headers times reasons than that."""


class ContextCheck:
    """Fills `Observation.context` and counts messages by the format of their context."""

    writes: ClassVar[frozenset[str]] = frozenset({"context", "context_format", "faults"})

    def __init__(self, route: Route) -> None:
        formats = chosen(route.context_formats)
        self._w3c_slot = route.slots[HEADER] if TRACECONTEXT in formats else None
        self._w3c_is_first = formats[:1] == (TRACECONTEXT,)
        self._formats = tuple((one, tuple(route.slots[name] for name in one.headers)) for one in formats)
        self._invalid_severity = route.severities["context.invalid"]
        severity = route.severities["context.duplicate"]
        self._duplicate = None if severity == "off" else Fault(
            rule="context.duplicate", severity=severity, path=f"/{HEADER}", group_path=f"/{HEADER}",
            summary="several traceparent headers, the last one counts",
        )  # fmt: skip
        self._invalid: dict[tuple[str, str], Fault] = {}
        self._counts = ContextRow()
        for one in formats:
            if one.word == "ottrace":
                self._counts.ottrace = 0

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        """Name the headers this check needs as columns, in lower case."""
        return tuple(name for one in chosen(route.context_formats) for name in one.headers)

    def observe(self, obs: Observation, /) -> None:
        """Give every row its context.

        Shape: `obs.context` is as long as the batch.
        Raises: nothing; a bad header is a Fault.
        Cost: bench loop[context].
        """
        n = len(obs.batch)
        context: list[bytes | None]
        fast = self._w3c_is_first
        if fast and self._w3c_slot is not None:
            context = self._plainly_good(obs.fields[self._w3c_slot])
            without = context.count(None)
            self._counts.w3c += n - without
        else:
            context, without = [None] * n, n
        obs.context = context
        invalid: set[int] = set()
        if without:
            for one, slots in self._formats:
                columns = [obs.fields[slot] for slot in slots]
                used = [column for column in (columns[sign] for sign in one.signs) if column.count(None) != n]
                if used and not (fast and one is TRACECONTEXT and used[0].count(None) == without):
                    self._read(obs, one, columns, used, context, invalid)
                    without = context.count(None)
                    if not without:
                        break
        unread = sum(1 for row in invalid if context[row] is None)
        self._counts.invalid += unread
        self._counts.none += without - unread
        if obs.repeats and self._w3c_slot is not None:
            self._note_duplicates(obs, self._w3c_slot)

    @staticmethod
    def _plainly_good(column: Sequence[HeaderValue]) -> list[bytes | None]:
        """Take the values that are in the plain form of version 00 as they are, and look at no other."""
        return [
            value
            if isinstance(value, bytes)
            and value.startswith(b"00-")
            and value.translate(SHAPE_TABLE) == SHAPE
            and value[3:35] != NO_TRACE
            and value[36:52] != NO_SPAN
            else None
            for value in column
        ]

    def _read(
        self,
        obs: Observation,
        one: Format,
        columns: Sequence[Sequence[HeaderValue]],
        used: Sequence[Sequence[HeaderValue]],
        context: list[bytes | None],
        invalid: set[int],
    ) -> None:
        """Read a format on the rows that have no context yet."""
        read, found = one.read, 0
        for row, known in enumerate(context):
            if known is not None or all(column[row] is None for column in used):
                continue
            verdict = read([column[row] for column in columns])
            if isinstance(verdict, bytes):
                context[row] = verdict
                found += 1
                if one is not TRACECONTEXT:
                    obs.context_format[row] = one.word
            elif verdict is not None:
                invalid.add(row)
                if self._invalid_severity != "off":
                    obs.faults.append((row, self._invalid_fault(one, columns, row, verdict)))
        if found:
            setattr(self._counts, one.word, getattr(self._counts, one.word) + found)

    def _invalid_fault(self, one: Format, columns: Sequence[Sequence[HeaderValue]], row: int, reason: str) -> Fault:
        name = next(
            name for name, column in zip(one.headers, columns, strict=True) if column[row] is not None
        )  # a format is read only where one of its headers stands
        fault = self._invalid.get((name, reason))
        if fault is None:
            if len(self._invalid) >= _CAUSES:
                self._invalid.clear()
            fault = self._invalid[name, reason] = Fault(
                rule="context.invalid", severity=self._invalid_severity, path=f"/{name}", group_path=f"/{name}",
                expected="a W3C traceparent" if name.endswith(HEADER) else f"a {one.word} trace context",
                actual=reason, summary=f"{name} does not parse: {reason}",
            )  # fmt: skip
        return fault

    def _note_duplicates(self, obs: Observation, slot: int) -> None:
        fault = self._duplicate
        rows = sorted({row for row, repeated in obs.repeats if repeated == slot})
        self._counts.duplicate += len(rows)
        if fault is not None:
            obs.faults.extend((row, fault) for row in rows)

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> ContextRow:
        return self._counts
