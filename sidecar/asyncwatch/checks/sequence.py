"""Gaps, repeats and disorder in the producers' own sequence.

Rule 1: sequences are never taken from broker positions.
Rule 2: where nobody declared the scope it is probed, and nothing is told until it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Final

from xxhash import xxh3_64_intdigest

from asyncwatch.checks.sequence_findings import SequenceFindings
from asyncwatch.model.batch import Batch
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import OrderingRow
from asyncwatch.model.route import Route
from asyncwatch.ordering.cloudevents import EventSequences
from asyncwatch.ordering.digests import DigestRing
from asyncwatch.ordering.number import parse_numbers, record_keys
from asyncwatch.ordering.patience import DIGESTS, KEYS, patience
from asyncwatch.ordering.probe import Scope, ScopeProbe
from asyncwatch.ordering.rows import Rows
from asyncwatch.ordering.source import SequenceSource, wanted_headers
from asyncwatch.ordering.totals import SequenceTotals, sequence_totals
from asyncwatch.ordering.tracker import Tracker

_TOMBSTONE: Final = 0x9E37_79B9_7F4A_7C15
"""Stands for the digest of a message without payload."""
_KEYED: Final = frozenset({"key", "producer"})


class SequenceCheck:
    """Follows the sequence of a route; `keys` and `digests` bound its memory."""

    writes: ClassVar[frozenset[str]] = frozenset({"sequence", "scope_key", "digest", "faults"})

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        return wanted_headers(route)

    def __init__(
        self, route: Route, key_hash: Callable[[bytes], str], *, keys: int = KEYS, digests: int = DIGESTS
    ) -> None:
        self._source = SequenceSource(route)
        self._patience = patience(self._source.rule)
        self._findings = SequenceFindings(route, key_hash, self._patience)
        self._keys, self._digests = keys, digests
        self._messages = 0
        self._repeats = 0
        self._clock_ns = 0
        self._scope: Scope | None = "key" if self._source.declares_key else self._source.rule.scope
        self._tracker: Tracker | None = None
        self._probe: ScopeProbe | None = None
        self._events: EventSequences | None = None
        self._identities: DigestRing | None = None
        self._off = False
        """No scope fits, or nobody could tell: nothing is sequenced any more."""
        self._parted = route.split
        """Others read some of the partitions: a sequence of the whole channel cannot be followed here."""
        self._untold = self._parted and self._scope == "channel"
        if self._untold:
            self._off, self._scope = True, None
        if self._scope is not None:
            self._tracker = self._new_tracker(across_partitions=self._scope == "channel")
        elif self._patience.start is not None and not self._off:
            self._probe = self._new_probe()  # it has to see every partition's first position

    def _new_tracker(self, *, across_partitions: bool = False) -> Tracker:
        return Tracker(
            self._patience, across_partitions=across_partitions, keys=self._keys, digests=self._digests
        )  # fmt: skip

    def _new_probe(self) -> ScopeProbe:
        return ScopeProbe(self._patience, keys=self._keys, digests=self._digests, parted=self._parted)

    def observe(self, obs: Observation, /) -> None:
        """Judge each row's sequence number.

        Shape: `obs.sequence` None = no row has a number; `obs.scope_key` None = the scope is not known yet.
        Raises: nothing; a wrong number is a Fault. Cost: bench loop[sequence].
        """
        batch, source = obs.batch, self._source
        n = len(batch)
        self._messages += n
        rows = Rows(obs, self._clock_ns)
        self._clock_ns = rows.top_ns
        if self._untold and source.numbers(obs) is not None:
            self._untold = False
            self._findings.tell_undecided("seen in parts", source.found, rows.top_ns)
        raw = None if self._off else source.numbers(obs)
        events = source.events(obs)
        repeated = self._repeated(obs)
        if raw is not None and self._tracker is None and self._probe is None:
            self._probe = self._new_probe()
        if events is not None and self._events is None:
            self._events = EventSequences(self._new_tracker())
        self._enter(rows, batch)
        if raw is None and events is None:
            return
        withheld = set(repeated) | _retained(batch)
        digests = _digests(obs)
        epochs = source.epochs(obs)
        sequence: list[int | None] | None = None
        if events is not None and self._events is not None:
            values, sources = events
            if raw is not None:
                raw = [None if value is not None else raw[row] for row, value in enumerate(values)]
            for row in withheld:
                values[row] = None
            sequence = self._events.track(rows, sources, values, digests, epochs)
            obs.scope_key = sources
            self._findings.tell(self._events.numbers.happenings, obs, keyed=True)
        if raw is not None:
            numbers = parse_numbers(raw)
            for row in withheld:
                numbers[row] = None
            keys = self._follow(obs, rows, numbers, digests, epochs)
            if sequence is None:
                sequence, obs.scope_key = numbers, keys
            else:
                _merge(sequence, numbers)
                if keys is not None and obs.scope_key is not None:
                    obs.scope_key = [
                        keys[row] if one is None else one for row, one in enumerate(obs.scope_key)
                    ]  # fmt: skip
        obs.sequence = sequence

    def _enter(self, rows: Rows, batch: Batch) -> None:
        gap = batch.gap is not None and batch.gap.count != 0
        followers: list[Tracker | ScopeProbe | None] = [self._tracker, self._probe]
        if self._events is not None:
            followers.append(self._events.numbers)
        for follower in followers:
            if follower is not None:
                follower.enter(rows, batch.partition, gap=gap)

    def _repeated(self, obs: Observation) -> list[int]:
        """Give the rows whose identity was seen before: duplicates, with or without a number."""
        identities = self._source.identities(obs)
        if identities is None:
            return []
        if self._identities is None:
            self._identities = DigestRing(max(self._digests // 2, 1))
        pairs = [None if identity is None else hash(identity) for identity in identities]
        rows = self._identities.repeated(pairs)
        self._repeats += len(rows)
        self._findings.tell_repeats(rows, obs)
        return rows

    def _follow(
        self,
        obs: Observation,
        rows: Rows,
        numbers: list[int | None],
        digests: Sequence[int],
        epochs: Sequence[object] | None,
    ) -> Sequence[Hashable | None] | None:
        """Follow the numbers under the route's scope, or under all of them while it is unknown; give the scope keys."""
        start = 0
        probe = self._probe
        if probe is not None:
            start = probe.track(rows, self._candidates(obs, rows), numbers, digests, epochs)
            if not probe.decided:
                return None
            self._conclude(probe)
        tracker, scope = self._tracker, self._scope
        if tracker is None or scope is None:
            return None
        keys = self._column(scope, obs, rows)
        if start < len(numbers):
            tracker.track(rows, keys, numbers, digests, start, len(numbers), epochs)
            self._findings.tell(tracker.happenings, obs, keyed=scope in _KEYED)
        return keys if start == 0 else [*[None] * start, *keys[start:]]

    def _candidates(self, obs: Observation, rows: Rows) -> dict[Scope, Sequence[Hashable | None]]:
        found: dict[Scope, Sequence[Hashable | None]] = {
            scope: self._column(scope, obs, rows) for scope in ("channel", "partition", "key")
        }
        if self._parted:
            del found["channel"]
        producers = self._source.producers(obs)
        if producers is not None:
            found["producer"] = producers
        return found

    def _column(self, scope: Scope, obs: Observation, rows: Rows) -> Sequence[Hashable | None]:
        """Give the scope key of each row."""
        if scope == "channel":
            return ["channel"] * len(rows)
        if scope == "partition":
            return rows.origins() if obs.batch.partition is not None else _unpartitioned(obs.batch)
        if scope == "producer":
            return self._source.producers(obs) or [None] * len(rows)
        return self._source.keys(obs) if self._source.declares_key else record_keys(obs.batch.keys)

    def _conclude(self, probe: ScopeProbe) -> None:
        """Take over the winner's tracker with what it found so far, or say once that there is none."""
        self._probe = None
        if probe.winner is None:
            self._off = True
            self._findings.tell_undecided(probe.gave_up, self._source.found, probe.decided_ns)
            return
        self._scope = probe.winner
        self._tracker = probe.trackers[probe.winner]
        self._findings.tell(self._tracker.happenings, None, keyed=self._scope in _KEYED)

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Tell what time brings to light: gaps that stay open, numbers that are given up, sequences that began again."""
        self._clock_ns = max(self._clock_ns, now_ns)
        if self._probe is not None:
            self._probe.advance(self._clock_ns)
            if self._probe.decided:
                self._conclude(self._probe)
        if self._tracker is not None:
            self._tracker.advance(self._clock_ns)
            self._findings.tell(self._tracker.happenings, None, keyed=self._scope in _KEYED)
        if self._events is not None:
            self._events.numbers.advance(self._clock_ns)
            self._findings.tell(self._events.numbers.happenings, None, keyed=True)
        return self._findings.take()

    def finish(self, now_ns: int, /) -> Sequence[Finding]:
        """Judge what is still held, and give the last findings: nothing more will come."""
        told = self.advance(now_ns)
        if self._probe is not None and self._probe.began:
            self._probe.decide(self._clock_ns)
            self._conclude(self._probe)
        for tracker in (self._tracker, None if self._events is None else self._events.numbers):
            if tracker is not None:
                tracker.finish(self._clock_ns)
        return [*told, *self.advance(now_ns)]

    def open_gaps(self) -> int:
        """Give how many gaps are awaited now."""
        trackers = (self._tracker, None if self._events is None else self._events.numbers)
        return sum(tracker.open_gaps for tracker in trackers if tracker is not None)

    def totals(self) -> SequenceTotals | None:
        """Give what only grows; None while nobody knows whether the messages have a sequence at all."""
        if self._probe is not None or self._messages == 0:
            return None
        events = self._events
        trackers = [one for one in (self._tracker, None if events is None else events.numbers) if one is not None]
        return sequence_totals(self._messages, self._repeats, trackers, None if events is None else events.text_counts)

    def statistics(self) -> OrderingRow:
        """Give the counts so far; messages seen while the scope is unknown are unsequenced until it is known."""
        row = OrderingRow(source=self._source.found, scope=self._scope, duplicates=self._repeats)
        parts = [] if self._tracker is None else [self._tracker.provisional()]
        if self._events is not None:
            parts += [self._events.numbers.provisional(), self._events.text_counts]
            if row.scope is None:
                row.scope = "source"
        for part in parts:
            row.keys += part.keys
            row.evicted += part.evicted
            row.in_order += part.in_order
            row.out_of_order += part.out_of_order
            row.duplicates += part.duplicates
            row.conflicts += part.conflicts
            row.restarts += part.restarts
            row.gaps += part.gaps
            row.missing += part.missing
            row.filled += part.filled
            row.lost += part.lost
            row.unobserved += part.unobserved
        row.unsequenced = self._messages - row.in_order - row.out_of_order - row.duplicates - row.conflicts
        return row


def _digests(obs: Observation) -> list[int]:
    """Fill `obs.digest`, and give the digests with a stand-in for messages without payload."""
    payloads = obs.batch.payloads
    try:
        digests = list(map(xxh3_64_intdigest, payloads))  # type: ignore[arg-type]
    except TypeError:  # some payload is null
        found = [None if payload is None else xxh3_64_intdigest(payload) for payload in payloads]
        obs.digest = found
        return [_TOMBSTONE if digest is None else digest for digest in found]
    obs.digest = list[int | None](digests)
    return digests


def _unpartitioned(batch: Batch) -> Sequence[Hashable]:
    """Give the keys of scope `partition` where the protocol has none: each address is one."""
    return [""] * len(batch) if batch.addresses is None else batch.addresses


def _retained(batch: Batch) -> set[int]:
    """Give the rows of retained MQTT messages: they are old news, and no part of the sequence."""
    if batch.properties is None:
        return set()
    return {row for row, properties in enumerate(batch.properties) if properties.get("retain") is True}


def _merge(sequence: list[int | None], numbers: Sequence[int | None]) -> None:
    for row, number in enumerate(numbers):
        if sequence[row] is None:
            sequence[row] = number
