"""How many messages of which state, how many bytes, how late, with recorded traces or not, and which positions were read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from operator import sub
from typing import ClassVar, Final

from msgspec import Struct, field

from asyncwatch.model.distribution import (
    SIZE_BOUNDS_BYTES,
    TRANSIT_BOUNDS_NS,
    Distribution,
    Exemplars,
    count_sampled,
    is_sampled,
)
from asyncwatch.model.finding import Finding
from asyncwatch.model.histogram import Histogram
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import STATES, UNCHECKED
from asyncwatch.tracing.attributes import FORMAT_W3C

_RANGES: Final = 1000
"""Position ranges kept a partition; beyond, the two oldest are joined."""
_REASONS: Final = 100


class VolumeStatistics(Struct):
    """Counts since the start.

    `latency` and `transit` hold the same live messages; where `latency` has negative durations, `transit` has 0, and
    `skew` how far the timestamp was ahead. `sampled`: messages whose trace is recorded, by the format of their context.
    Shape: `states[candidate][state]`, candidate -1 = no documented message. Units: `last_seen_ns` our own clock,
    `transit` and `skew` nanoseconds, `sizes` bytes of payloads that are not null.
    """

    states: dict[int, list[int]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    last_seen_ns: int | None = None
    positions: dict[str, list[list[int]]] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    time_source: str = "none"
    sizes: Distribution = field(default_factory=lambda: Distribution.over(SIZE_BOUNDS_BYTES))
    transit: Distribution = field(default_factory=lambda: Distribution.over(TRANSIT_BOUNDS_NS))
    skew: Distribution = field(default_factory=lambda: Distribution.over(TRANSIT_BOUNDS_NS))
    sampled: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(map(sum, self.states.values()))


class VolumeCheck:
    """Counts states last, when every other check has spoken."""

    writes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, route: Route) -> None:
        self._statistics = VolumeStatistics()
        self.examples = Exemplars(TRANSIT_BOUNDS_NS)
        """Messages to look at, by how long they took; of each batch the slowest and the last are offered."""
        self._only = len(route.candidates) <= 1
        self._wildcard = route.wildcard
        self._default_reason = "no schema"
        if len(route.candidates) == 1 and route.candidates[0].unchecked is not None:
            self._default_reason = route.candidates[0].unchecked

    def observe(self, obs: Observation, /) -> None:
        """Count a batch.

        Cost: bench loop[volume].
        """
        statistics, batch, state = self._statistics, obs.batch, obs.state
        if self._only:
            message = obs.message[0]
            counts = statistics.states.setdefault(message, [0] * len(STATES))
            for code in set(state):
                counts[code] += state.count(code)
        else:
            for (message, code), count in Counter(zip(obs.message, state, strict=True)).items():
                statistics.states.setdefault(message, [0] * len(STATES))[code] += count
        unchecked = state.count(UNCHECKED)
        if unchecked:
            self._count_reasons(obs, unchecked)
        try:
            sizes = list(map(len, batch.payloads))  # type: ignore[arg-type]
        except TypeError:  # some payload is null
            sizes = [len(payload) for payload in batch.payloads if payload is not None]
        if sizes:
            statistics.bytes += sum(sizes)
            statistics.sizes.record_column(sizes)
        statistics.last_seen_ns = max(statistics.last_seen_ns or 0, batch.observed_ns[-1])
        if batch.partition is not None:
            self._note_positions(obs)
        if batch.time_source != "none":
            statistics.time_source = batch.time_source
            if batch.live:
                self._note_transit(obs)
        if obs.context is not None:
            self._count_sampled(obs, obs.context)

    def _note_transit(self, obs: Observation) -> None:
        """Count how long messages took; a timestamp ahead of our clock took no time."""
        batch, statistics = obs.batch, self._statistics
        rows: Sequence[int] = range(len(batch))
        try:
            took_ns = list(map(sub, batch.observed_ns, batch.sent_ns))
        except TypeError:  # some message has no timestamp
            rows = [row for row, sent_ns in enumerate(batch.sent_ns) if sent_ns is not None]
            took_ns = [batch.observed_ns[row] - (batch.sent_ns[row] or 0) for row in rows]
            if not took_ns:
                return
        if obs.context is not None:
            for at in (took_ns.index(max(took_ns)), len(took_ns) - 1):
                context = obs.context[rows[at]]
                if context is not None:
                    self.examples.note(max(took_ns[at], 0), context, batch.observed_ns[rows[at]])
        took_ns.sort()
        statistics.latency.record_sorted_ns(took_ns)
        if took_ns[0] < 0:
            ahead = bisect_left(took_ns, 0)
            statistics.skew.record_column([-ns for ns in took_ns[:ahead]])
            took_ns[:ahead] = [0] * ahead
        statistics.transit.record_sorted(took_ns)

    def _count_sampled(self, obs: Observation, context: Sequence[bytes | None]) -> None:
        """Count messages whose trace is recorded; another format than w3c is told of row by row."""
        counts = self._statistics.sampled
        sampled = count_sampled(list(filter(None, context)))
        for row, word in obs.context_format.items():
            found = context[row]
            if found is not None and is_sampled(found):
                sampled -= 1
                counts[word] = counts.get(word, 0) + 1
        if sampled:
            counts[FORMAT_W3C] = counts.get(FORMAT_W3C, 0) + sampled

    def _count_reasons(self, obs: Observation, unchecked: int) -> None:
        reasons, state = self._statistics.reasons, obs.state
        given = {row: reason for row, reason in obs.reasons if state[row] == UNCHECKED}
        for reason in given.values():
            known = reason if reason in reasons or len(reasons) < _REASONS else "other"
            reasons[known] = reasons.get(known, 0) + 1
        if unchecked > len(given):
            reasons[self._default_reason] = reasons.get(self._default_reason, 0) + unchecked - len(given)

    def _note_positions(self, obs: Observation) -> None:
        """Extend the partition's range: offsets skipped by the broker (compaction, markers) were looked at, a gap was not."""
        batch = obs.batch
        if batch.addresses is not None and self._wildcard:
            runs = _runs(batch.addresses, batch.positions)
        else:
            runs = [("", batch.positions[0], batch.positions[-1])]
        for address, first, last in runs:
            where = f"{address}/{batch.partition}" if address else str(batch.partition)
            ranges = self._statistics.positions.setdefault(where, [])
            if ranges and batch.gap is None and ranges[-1][1] < first:
                ranges[-1][1] = last
                continue
            ranges.append([first, last])
            if len(ranges) > 1:
                ranges[:] = _united(ranges)
            if len(ranges) > _RANGES:
                ranges[0:2] = [[ranges[0][0], ranges[1][1]]]

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> VolumeStatistics:
        return self._statistics


def _runs(addresses: Sequence[str], positions: Sequence[int]) -> list[tuple[str, int, int]]:
    """Give first and last position of each address in a batch."""
    found: dict[str, list[int]] = {}
    for address, position in zip(addresses, positions, strict=True):
        run = found.get(address)
        if run is None:
            found[address] = [position, position]
        else:
            run[1] = position
    return [(address, first, last) for address, (first, last) in found.items()]


def _united(ranges: list[list[int]]) -> list[list[int]]:
    """Sort ranges and join those that overlap or touch."""
    united: list[list[int]] = []
    for first, last in sorted(ranges):
        if united and first <= united[-1][1] + 1:
            united[-1][1] = max(united[-1][1], last)
        else:
            united.append([first, last])
    return united
