"""Which trace context a message carries, by the W3C header or the CloudEvents extension.

Rule 1: the first format that parses wins: the protocol header, then the extension.
Rule 2: of several `traceparent` headers the last one counts; when it does not parse, nobody searches backwards.
Rule 3: a header that does not parse is a fault also where the other format gave a context; the message is counted as
invalid only where none did.
Source: facts on telemetry §1 and §2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import ContextRow
from asyncwatch.model.route import Route
from asyncwatch.tracing.attributes import FORMAT_CLOUDEVENTS
from asyncwatch.tracing.traceparent import EXTENSIONS, HEADER, NO_SPAN, NO_TRACE, SHAPE, SHAPE_TABLE, judge_traceparent


class ContextCheck:
    """Fills `Observation.context` and counts messages by the format of their context."""

    writes: ClassVar[frozenset[str]] = frozenset({"context", "context_format", "faults"})

    def __init__(self, route: Route) -> None:
        self._slot = route.slots[HEADER]
        self._extensions = tuple((route.slots[name], name) for name in EXTENSIONS)
        self._invalid_severity = route.severities["context.invalid"]
        severity = route.severities["context.duplicate"]
        self._duplicate = None if severity == "off" else Fault(
            rule="context.duplicate", severity=severity, path=f"/{HEADER}", group_path=f"/{HEADER}",
            summary="several traceparent headers, the last one counts",
        )  # fmt: skip
        self._invalid: dict[tuple[str, str], Fault] = {}
        self._counts = ContextRow()

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        """Name the headers this check needs as columns, in lower case."""
        del route  # every route may carry every format
        return (HEADER, *EXTENSIONS)

    def observe(self, obs: Observation, /) -> None:
        """Give every row its context.

        Shape: `obs.context` is as long as the batch.
        Raises: nothing; a bad header is a Fault.
        Cost: bench loop[context].
        """
        column = obs.fields[self._slot]
        context: list[bytes | None] = [
            value
            if isinstance(value, bytes)
            and value.startswith(b"00-")
            and value.translate(SHAPE_TABLE) == SHAPE
            and value[3:35] != NO_TRACE
            and value[36:52] != NO_SPAN
            else None
            for value in column
        ]
        n, counts = len(column), self._counts
        without = context.count(None)
        invalid: set[int] = set()
        if without and column.count(None) != without:
            self._judge(obs, column, context, invalid, HEADER)
            without = context.count(None)
        counts.w3c += n - without
        obs.context = context
        for slot, name in self._extensions:
            if without and obs.fields[slot].count(None) != n:
                known = without
                self._extend(obs, obs.fields[slot], context, invalid, name)
                without = context.count(None)
                counts.cloudevents += known - without
        unread = sum(1 for row in invalid if context[row] is None)
        counts.invalid += unread
        counts.none += without - unread
        if obs.repeats:
            self._note_duplicates(obs)

    def _judge(
        self, obs: Observation, column: list[HeaderValue], context: list[bytes | None], invalid: set[int], name: str
    ) -> None:
        """Look closely at values that are not plainly good: white space, higher versions, text, and faults."""
        for row, value in enumerate(column):
            if value is None or context[row] is not None:
                continue
            verdict = judge_traceparent(value)
            if isinstance(verdict, bytes):
                context[row] = verdict
            else:
                invalid.add(row)
                if self._invalid_severity != "off":
                    obs.faults.append((row, self._invalid_fault(name, verdict)))

    def _extend(
        self, obs: Observation, column: list[HeaderValue], context: list[bytes | None], invalid: set[int], name: str
    ) -> None:
        """Take the extension for rows that have no context yet."""
        before = [row for row, value in enumerate(context) if value is None]
        self._judge(obs, column, context, invalid, name)
        for row in before:
            if context[row] is not None:
                obs.context_format[row] = FORMAT_CLOUDEVENTS

    def _invalid_fault(self, name: str, reason: str) -> Fault:
        fault = self._invalid.get((name, reason))
        if fault is None:
            fault = self._invalid[name, reason] = Fault(
                rule="context.invalid", severity=self._invalid_severity, path=f"/{name}", group_path=f"/{name}",
                expected="a W3C traceparent", actual=reason, summary=f"{name} does not parse: {reason}",
            )  # fmt: skip
        return fault

    def _note_duplicates(self, obs: Observation) -> None:
        slot, fault = self._slot, self._duplicate
        rows = sorted({row for row, repeated in obs.repeats if repeated == slot})
        self._counts.duplicate += len(rows)
        if fault is not None:
            obs.faults.extend((row, fault) for row in rows)

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> ContextRow:
        return self._counts
