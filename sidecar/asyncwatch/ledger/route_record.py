"""The moving numbers of a route, and its rows as they were last written.

Rule 1: rows that did not change are the same objects as before, so that whoever compares two pictures can pass them
over; a row that was given out is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Final

from asyncwatch.ledger.past import PastRows, rows_on_top
from asyncwatch.ledger.rows import added, buckets, channel_rows, checks_of, counts
from asyncwatch.ledger.series import RecentLatency, Series
from asyncwatch.model.clock import format_time
from asyncwatch.model.report import ChannelRow, Counts
from asyncwatch.model.route import Route
from asyncwatch.model.state import AMBIGUOUS, INVALID, UNDECODABLE, VALID
from asyncwatch.model.view import WINDOW_COLUMNS, WINDOW_STEP_S, ChannelView

TapStatus = tuple[bool | None, int | None, int | None]
"""Does the address exist, how many partitions, time of the newest message on the broker (ns)."""

_STILL_S: Final = (WINDOW_COLUMNS + 1) * WINDOW_STEP_S + 1
"""After so many seconds without a message nothing that covers the last minute moves any more."""
_NO_STATUS: Final[TapStatus] = (None, None, None)


class RouteRecord:
    """What the ledger keeps of one route beside the counts in its checks.

    `before`: rows of routes that a reload replaced by this one, which its own rows go on from. `total`, `good` (valid
    and ambiguous) and `judged` are sums over its messages, as of the last sample.
    """

    __slots__ = (
        "_base", "_checked", "_connected", "_last_seen_ns", "_latency", "_messages", "_rows", "_seen", "_series", "_still_s",
        "_views", "before", "checks", "good", "is_elsewhere", "judged", "route", "total", "touched",
    )  # fmt: skip

    def __init__(self, route: Route, before: PastRows | None = None) -> None:
        self.route = route
        self.checks = checks_of(route)
        self.before: PastRows = before or {}
        counted = [row.messages for row in self.before.values()]
        good = sum(one.valid + one.ambiguous for one in counted)
        judged = good + sum(one.invalid + one.undecodable for one in counted)
        self._base = sum(one.total for one in counted), good, judged
        self._last_seen_ns: int | None = None
        self.is_elsewhere = False
        """Whether a reload moved its server: positions of before say nothing there."""
        self.touched = True
        """Set with every batch; nothing but time moves where it is not."""
        self.total, self.good, self.judged = self._base
        self._series = Series()
        self._messages: dict[int, Series] = {}
        self._latency = RecentLatency()
        self._connected = True
        self._still_s = 0
        self._seen: tuple[object, ...] | None = None
        self._rows: list[ChannelRow] = []
        self._views: list[ChannelView] = []
        self._checked = any(one.unchecked is None and one.payload is not None for one in route.candidates)

    def go_on(self, other: RouteRecord) -> None:
        """Take the moving numbers of the route that this one replaces."""
        volume = other.checks.volume.statistics()
        other._series.go_on(volume.total)
        self._series, self._connected = other._series, other._connected
        seen = [one for one in (volume.last_seen_ns, other._last_seen_ns) if one is not None]
        self._last_seen_ns = max(seen, default=None)
        places = {candidate.channels[0]: index for index, candidate in enumerate(self.route.candidates)}
        for index, series in other._messages.items():
            place = other.route.candidates[index].channels[0] if index >= 0 else None
            mine = -1 if place is None else places.get(place)
            if mine is not None:
                series.go_on(sum(volume.states.get(index, ())))
                self._messages[mine] = series
        known = {
            theirs: mine
            for theirs, candidate in enumerate(other.route.candidates)
            if (mine := places.get(candidate.channels[0])) is not None
        }
        self.checks.coverage.go_on(other.checks.coverage, known)

    def seen(self) -> set[int]:
        """Give the candidates that traffic has shown, before a reload or since."""
        seen = self.checks.coverage.statistics().seen
        if not self.before:
            return seen
        shown = {
            index
            for index, candidate in enumerate(self.route.candidates)
            if (row := self.before.get(candidate.channel)) is not None
            and candidate.message in row.per_message and row.per_message[candidate.message].total
        }  # fmt: skip
        return seen | shown

    def counted(self) -> int:
        """Give the messages of the address, those before a reload among them."""
        return self.checks.volume.statistics().total + self._base[0]

    def counts(self) -> Counts:
        """Give the messages by state, those before a reload among them."""
        found = counts([sum(column) for column in zip(*self.checks.volume.statistics().states.values(), strict=True)])
        for row in self.before.values():
            found = added(found, row.messages)
        return found

    def counted_of(self, message: str) -> int:
        """Give the messages that were taken for a documented one."""
        states = self.checks.volume.statistics().states
        candidates = self.route.candidates
        own = sum(sum(one) for index, one in states.items() if index >= 0 and candidates[index].message == message)
        named = (row.per_message.get(message) for row in self.before.values())
        return own + sum(one.total for one in named if one is not None)

    def sample(self, *, connected: bool, ends_column: bool) -> None:
        """Note the numbers at the end of a second; a route that has long been still is passed over."""
        if self.touched or connected != self._connected:
            self._still_s = 0
        elif self._still_s >= _STILL_S:
            return
        self._still_s += 1
        self.touched = False
        self._connected = connected
        volume = self.checks.volume.statistics()
        own = 0
        total, good, judged = self._base
        for index, by_state in volume.states.items():
            count = sum(by_state)
            own += count
            right = by_state[VALID] + by_state[AMBIGUOUS]
            good += right
            judged += right + by_state[INVALID] + by_state[UNDECODABLE]
            series = self._messages.get(index)
            if series is None:
                series = self._messages[index] = Series()
            series.sample(count, looked=connected)
        self.total, self.good, self.judged = total + own, good, judged
        self._series.sample(own, looked=connected)
        if ends_column:
            self._latency.mark(volume.latency)
        self._seen = None

    def rate(self) -> float | None:
        """Give the messages a second over the last minute."""
        return self._series.rate()

    def write(
        self, *, connected: bool, status: TapStatus | None, violations: Sequence[int], addable: bool = False
    ) -> tuple[list[ChannelRow], list[ChannelView]]:
        """Give the route's rows and their views, one a channel.

        `violations`: of each channel, in their order. `addable`: with the latencies behind the percentiles. Cost: bench loop[picture].
        """
        ordering = self.checks.sequence.statistics()
        seen = (connected, status, tuple(violations), ordering)
        if self._seen == seen and not self.touched:
            return self._rows, self._views
        self._seen = seen
        rows = channel_rows(self.route, self._series.rate(), self.checks)
        rows[0].context = copy(rows[0].context)
        self._rows = rows_on_top(rows, self.before)
        self._views = self._write_views(connected, status or _NO_STATUS, violations, addable=addable)
        return self._rows, self._views

    def _write_views(
        self, connected: bool, status: TapStatus, violations: Sequence[int], *, addable: bool
    ) -> list[ChannelView]:
        volume = self.checks.volume.statistics()
        context = self._rows[0].context or self.checks.context.statistics()
        carrying = context.w3c + context.cloudevents + context.b3 + context.jaeger + context.datadog + context.xray
        total = carrying + context.none + context.invalid
        exists, partitions, newest_ns = status
        seen_ns = volume.last_seen_ns or self._last_seen_ns
        ordering = self._rows[0].ordering
        last_on_broker = None if newest_ns is None else format_time(newest_ns)
        recent = self._latency.recent(volume.latency)
        p50, p99 = recent.quantile(0.5), recent.quantile(0.99)
        candidates = self.route.candidates
        rates = {
            index: one.rate() or 0.0 for index, one in self._messages.items() if 0 <= index < len(candidates)
        }  # fmt: skip
        views: list[ChannelView] = []
        for position, channel in enumerate(self.route.channels or (None,)):
            first = position == 0
            views.append(
                ChannelView(
                    window=self._series.columns() if first else [None] * WINDOW_COLUMNS,
                    message_rates={
                        candidates[index].message: rate
                        for index, rate in rates.items()
                        if candidates[index].channel == channel
                    },
                    last_seen=format_time(seen_ns) if first and seen_ns is not None else None,
                    violations=violations[position], checked=self._checked,
                    missing=exists is False, stale=not connected, partitions=partitions if first else None,
                    late=ordering.late if first and ordering is not None else None,
                    p50=p50 if first else None, p99=p99 if first else None,
                    context_share=carrying / total if first and total else None, last_on_broker=last_on_broker,
                    recent=buckets(recent) if addable and first and recent.total else None,
                )
            )  # fmt: skip
        return views
