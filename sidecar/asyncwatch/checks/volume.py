"""How many messages of which state, how many bytes, how late, and which positions were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct, field

from asyncwatch.model.finding import Finding
from asyncwatch.model.histogram import Histogram
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import STATES, UNCHECKED

_RANGES: Final = 1000
"""Position ranges kept a partition; beyond, the two oldest are joined."""
_REASONS: Final = 100


class VolumeStatistics(Struct):
    """Counts since the start.

    Shape: `states[candidate][state]`, candidate -1 = no documented message. Units: `last_seen_ns` our own clock.
    """

    states: dict[int, list[int]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    last_seen_ns: int | None = None
    positions: dict[str, list[list[int]]] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    time_source: str = "none"

    @property
    def total(self) -> int:
        return sum(map(sum, self.states.values()))


class VolumeCheck:
    """Counts states last, when every other check has spoken."""

    writes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, route: Route) -> None:
        self._statistics = VolumeStatistics()
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
        statistics.bytes += sum(map(len, filter(None, batch.payloads)))
        statistics.last_seen_ns = max(statistics.last_seen_ns or 0, batch.observed_ns[-1])
        if batch.partition is not None:
            self._note_positions(obs)
        if batch.time_source != "none":
            statistics.time_source = batch.time_source
            if batch.live:
                record = statistics.latency.record
                for sent_ns, observed_ns in zip(batch.sent_ns, batch.observed_ns, strict=True):
                    if sent_ns is not None:
                        record((observed_ns - sent_ns) / 1e9)

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
