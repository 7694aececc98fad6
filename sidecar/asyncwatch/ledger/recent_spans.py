"""The latest messages that carried a trace context, a few of each batch, so that a trace can be looked at as a whole.

Rule 1: of a batch with more than a handful the one with the highest trace id is kept: trace ids are random, so the
same traces win on every channel, and what is kept can be stitched. Messages that broke a rule are kept beside it.
Of a route's larger batches twenty a second are looked at.
Rule 2: no value of a message is kept: its context, its place and what was found out about it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from asyncwatch.model.answers import SpanRow, TraceRow
from asyncwatch.model.clock import format_time
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import STATES

KEPT: Final = 4_000
_HANDFUL: Final = 4
_FAULTY: Final = 3
_PAUSE_NS: Final = 50_000_000


class _Span(NamedTuple):
    trace_id: bytes
    context: bytes
    server: str
    channel: str | None
    address: str
    message: str | None
    partition: int | None
    position: int
    sent_ns: int | None
    observed_ns: int
    live: bool
    state: int
    violations: tuple[str, ...]


class RecentSpans:
    """A ring of messages with a context."""

    def __init__(self, kept: int = KEPT) -> None:
        self._spans: deque[_Span] = deque(maxlen=kept)
        self._next_ns: dict[Route, int] = {}

    def take(self, obs: Observation) -> None:
        """Keep a few messages of a batch.

        Cost: bench loop[recent_spans].
        """
        context = obs.context
        if context is None:
            return
        n = len(context)
        found = n - context.count(None)
        if not found:
            return
        rows: Sequence[int]
        if n > _HANDFUL:
            observed_ns = obs.batch.observed_ns[-1]
            if observed_ns < self._next_ns.get(obs.route, 0):
                return
            self._next_ns[obs.route] = observed_ns + _PAUSE_NS
        if n <= _HANDFUL:
            rows = [row for row, one in enumerate(context) if one is not None]
        else:
            highest = max(context) if found == n else max(filter(None, context))  # type: ignore[type-var] # no None is left
            chosen = {context.index(highest)}
            for row, _ in obs.faults:
                if len(chosen) > _FAULTY:
                    break
                if context[row] is not None:
                    chosen.add(row)
            rows = sorted(chosen)
        broken: dict[int, list[str]] = {}
        for row, fault in obs.faults:
            if row in rows and fault.severity != "info":
                broken.setdefault(row, []).append(fault.rule)
        self._spans.extend(_span(obs, row, broken) for row in rows)

    def forget(self, routes: Iterable[Route]) -> None:
        """Let routes go that are not read any more; their spans stay until newer ones come."""
        for route in routes:
            self._next_ns.pop(route, None)

    def __len__(self) -> int:
        return len(self._spans)

    def traces(self, *, channel: str | None = None, trace_id: str | None = None) -> list[TraceRow]:
        """Give the traces that are kept, the latest first.

        `channel`: those that touched it (its id or address), with all their messages.
        """
        wanted = None if trace_id is None else trace_id.encode()
        found: dict[bytes, list[_Span]] = {}
        for span in reversed(self._spans):
            if wanted is None or span.trace_id == wanted:
                found.setdefault(span.trace_id, []).append(span)
        return [
            TraceRow(trace_id=one.decode(), spans=[_row(span) for span in reversed(spans)])
            for one, spans in found.items()
            if channel is None or any(channel in {span.channel, span.address} for span in spans)
        ]


def _span(obs: Observation, row: int, broken: dict[int, list[str]]) -> _Span:
    assert obs.context is not None  # the caller looked
    batch, route = obs.batch, obs.route
    context = obs.context[row]
    assert context is not None  # the caller chose rows with one
    chosen = obs.message[row]
    candidate = route.candidates[chosen] if chosen >= 0 else None
    return _Span(
        context[3:35], context, batch.server, route.channel if candidate is None else candidate.channel, route.address,
        None if candidate is None else candidate.message, batch.partition, batch.positions[row], batch.sent_ns[row],
        batch.observed_ns[row], batch.live, obs.state[row], tuple(dict.fromkeys(broken.get(row, ()))),
    )  # fmt: skip


def _row(span: _Span) -> SpanRow:
    return SpanRow(
        parent_id=span.context[36:52].decode(), sampled=bool(int(span.context[53:55], 16) & 1), server=span.server,
        channel=span.channel, address=span.address, message=span.message, partition=span.partition,
        position=span.position, sent=None if span.sent_ns is None else format_time(span.sent_ns),
        observed=format_time(span.observed_ns), live=span.live, state=STATES[span.state],
        violations=list(span.violations),
    )  # fmt: skip
