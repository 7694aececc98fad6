"""How old events are when they come: behind their key's newest event, or ahead of the clock."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import repeat
from typing import ClassVar, Final

from msgspec import Struct, field

from asyncwatch.model.distribution import TRANSIT_BOUNDS_NS, Distribution
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.ordering.number import record_keys
from asyncwatch.ordering.patience import KEYS, SECOND_NS
from asyncwatch.ordering.rows import Origin
from asyncwatch.ordering.source import SequenceSource
from asyncwatch.ordering.timing import EventTimes, timing_headers
from asyncwatch.ordering.watermark import Watermarks

_SKEW_NS: Final = 5 * SECOND_NS


class FreshnessStatistics(Struct):
    """Counts since the start.

    `late` behind the watermark, `skewed` more than 5 s ahead of our clock, `untimed` without a readable event time.
    Units: `lateness` nanoseconds behind the newest event, of late messages.
    """

    late: int = 0
    skewed: int = 0
    untimed: int = 0
    evicted: int = 0
    source: str | None = None
    lateness: Distribution = field(default_factory=lambda: Distribution.over(TRANSIT_BOUNDS_NS))


class FreshnessCheck:
    """Fills `event_ns`; says `event.late` and `clock.skew`."""

    writes: ClassVar[frozenset[str]] = frozenset({"event_ns", "faults"})

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        return timing_headers(route)

    def __init__(self, route: Route, key_hash: Callable[[bytes], str], *, keys: int = KEYS) -> None:
        self._times = EventTimes(route)
        source = SequenceSource(route)
        self._declared_keys = source if source.declares_key else None
        self._key_hash = key_hash
        allowed_s = self._times.rule.allowed_lateness_s
        self._allowed = f"at most {allowed_s:g} s behind"
        self._watermarks = Watermarks(round(allowed_s * SECOND_NS), keys)
        self._statistics = FreshnessStatistics()
        self._late = route.severities["event.late"]
        self._skew_fault: Fault | None = None
        severity = route.severities["clock.skew"]
        if severity != "off":
            self._skew_fault = Fault(
                rule="clock.skew", severity=severity, expected="at most 5 s ahead", actual="further ahead",
                summary="an event time lies more than 5 s in the future",
            )  # fmt: skip

    def observe(self, obs: Observation, /) -> None:
        """Compare each row's event time with the newest of its key, and with the clock.

        Shape: `obs.event_ns` is as long as the batch; None = no readable event time. Cost: bench loop[freshness].
        """
        batch, statistics = obs.batch, self._statistics
        events = self._times.column(obs)
        obs.event_ns = events
        untimed = events.count(None)
        statistics.untimed += untimed
        if untimed == len(events):
            return
        newest_ns = max(filter(None, events), default=0)
        if newest_ns - min(batch.observed_ns) > _SKEW_NS:
            self._note_skew(obs, events)
        keys = record_keys(batch.keys) if self._declared_keys is None else self._declared_keys.keys(obs)
        for origin, rows in _by_origin(obs):
            if rows is None:
                late = self._watermarks.late(origin, keys, events, batch.observed_ns)
            else:
                some = self._watermarks.late(
                    origin,
                    [keys[row] for row in rows],
                    [events[row] for row in rows],
                    [batch.observed_ns[row] for row in rows],
                )
                late = [(rows[at], behind_ns) for at, behind_ns in some]
            for row, behind_ns in late:
                self._note_late(obs, row, keys[row], behind_ns)

    def _note_skew(self, obs: Observation, events: Sequence[int | None]) -> None:
        for row, (event_ns, seen_ns) in enumerate(zip(events, obs.batch.observed_ns, strict=True)):
            if event_ns is not None and event_ns - seen_ns > _SKEW_NS:
                self._statistics.skewed += 1
                if self._skew_fault is not None:
                    obs.faults.append((row, self._skew_fault))

    def _note_late(self, obs: Observation, row: int, key: Hashable, behind_ns: int) -> None:
        statistics = self._statistics
        statistics.late += 1
        statistics.lateness.record(behind_ns)
        if self._late != "off":
            behind = f"{behind_ns / SECOND_NS:.1f} s"
            key_hash = self._key_hash(key) if isinstance(key, bytes) and self._declared_keys is not None else None
            fault = Fault(
                rule="event.late", severity=self._late, expected=self._allowed, actual="further behind",
                summary=f"an event is {behind} older than the newest of its key", key_hash=key_hash,
            )  # fmt: skip
            obs.faults.append((row, fault))

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> FreshnessStatistics:
        self._statistics.evicted = self._watermarks.evicted
        self._statistics.source = self._times.found
        return self._statistics


def _by_origin(obs: Observation) -> Sequence[tuple[Origin, list[int] | None]]:
    """Give the rows of each partition; None = all of them."""
    batch = obs.batch
    if batch.addresses is None:
        return [(batch.partition, None)]
    found: dict[Origin, list[int]] = {}
    for row, origin in enumerate(zip(batch.addresses, repeat(batch.partition))):
        found.setdefault(origin, []).append(row)
    if len(found) == 1:
        return [(next(iter(found)), None)]
    return list(found.items())
