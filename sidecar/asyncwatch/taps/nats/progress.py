"""How far one stream is read. Outlives a connection, so that a new one goes on behind the last message."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asyncwatch.model.batch import UNDOCUMENTED, Batch, ObservationGap
from asyncwatch.taps.base import LIVE_DISTANCE, Filter
from asyncwatch.taps.nats.columns import stream_batch
from asyncwatch.taps.nats.framing import Entry
from asyncwatch.taps.nats.jetstream import Stream
from asyncwatch.taps.nats.selection import Selection


@dataclass(slots=True, eq=False)
class StreamProgress:
    """The reading of one stream.

    `next`: where reading goes on. `live_from`: the first sequence that was not yet there when the reading began.
    `stop`: the last sequence that is wanted, where only what was there at the start is. `begins`: filters that begin
    behind `next`. `gaps`: what each filter's next batch has to tell.
    """

    server: str
    stream: str
    created: str
    next: int
    live_from: int
    stop: int | None = None
    done: bool = False
    exists: bool = True
    filters: dict[str, Filter] = field(default_factory=dict)
    begins: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, ObservationGap] = field(default_factory=dict)
    newest_ns: dict[str, int] = field(default_factory=dict)
    """By filter id."""
    pending: int | None = None
    """Messages of our subjects that are still to come, as of the last one read."""

    def lose(self, start: int, end: int, count: int | None, reason: str) -> None:
        """Note sequences that were not seen; ranges that are not told yet become one."""
        for one in self.filters:
            before = self.gaps.get(one)
            if before is None:
                self.gaps[one] = ObservationGap(start, end, count, reason)
            else:
                total = None if before.count is None or count is None else before.count + count
                self.gaps[one] = ObservationGap(min(start, before.start), max(end, before.end), total, reason)

    def see(self, stream: Stream) -> None:
        """Compare with what the server says of the stream: it may have been made anew, or what comes next deleted."""
        self.exists = True
        if stream.created != self.created:
            old, self.next = self.next, stream.first
            self.created = stream.created
            self.live_from = min(self.live_from, stream.first)
            self.begins.clear()
            self.lose(min(old, self.next), self.next, None, "the stream was made anew")
        elif stream.last < self.next - 1:
            # A crash took the end away: its sequences are given again, some perhaps by now.
            old, self.next = self.next, stream.last + 1
            self.lose(self.next, old, None, "the stream lost its end")
        elif stream.first > self.next:
            self.lose(self.next, stream.first, None, "deleted before it was read")
            self.next = stream.first
        if self.stop is not None and self.next > self.stop:
            self.done = True

    def add(self, filters: Mapping[str, Filter], firsts: Mapping[str, int]) -> bool:
        """Take over the wanted filters; `firsts`: where new ones begin. Tell whether reading has to go back."""
        went = self.next
        known = set(self.filters)
        if firsts:
            earliest = min(firsts.values())
            self.next = earliest if not known else min(went, earliest)
        if self.next < went or not known:
            for one in known:
                self.begins.setdefault(one, went)
        self.begins |= {one: first for one, first in firsts.items() if first > self.next}
        self.begins = {one: first for one, first in self.begins.items() if one in filters}
        self.filters = dict(filters)
        for gone in self.gaps.keys() - filters.keys():
            del self.gaps[gone]
        return self.next < went

    def batches(
        self,
        selection: Selection,
        entries: Sequence[Entry],
        sequences: Sequence[int],
        times_ns: Sequence[int],
        pending_at_first: int,
        pending: int,
        observed_ns: int,
    ) -> list[Batch]:
        """Turn messages in the order of the stream into batches, and go on behind them.

        `pending`: how many were still to come after the last one. All are live, or none is, but for those that were
        there before the reading began.
        Shape: one batch for each filter; more where liveness changes, and one an address where nothing is documented.
        """
        self.next = sequences[-1] + 1
        self.pending = pending
        n = len(entries)
        if self.stop is not None and sequences[-1] >= self.stop:
            self.done = True
            n = bisect_right(sequences, self.stop)
        elif self.stop is not None and pending == 0:
            self.done = True
        is_near = max(pending_at_first, pending) <= LIVE_DISTANCE
        old = bisect_left(sequences, self.live_from, 0, n) if is_near else n
        found: list[Batch] = []
        for live, part in ((False, range(old)), (True, range(old, n))):
            for filter_, rows in self._by_filter(selection, entries, sequences, part) if part else ():
                whole = len(rows) == len(entries)
                found.append(
                    stream_batch(
                        entries if whole else [entries[row] for row in rows], server=self.server,
                        filter_id=filter_.id, wildcard=filter_.pattern is not None, stream=self.stream,
                        sequences=sequences if whole else [sequences[row] for row in rows],
                        times_ns=times_ns if whole else [times_ns[row] for row in rows],
                        live=live, observed_ns=observed_ns, gap=self.gaps.pop(filter_.id, None),
                    )
                )  # fmt: skip
                self.newest_ns[filter_.id] = max(self.newest_ns.get(filter_.id, 0), times_ns[rows[-1]])
        return found

    def _by_filter(
        self, selection: Selection, entries: Sequence[Entry], sequences: Sequence[int], rows: range
    ) -> list[tuple[Filter, Sequence[int]]]:
        subjects = [entries[row][1] for row in rows]
        distinct = set(subjects)
        known = selection.look_up(distinct)
        if not self.begins and len({id(known[subject]) for subject in distinct}) == 1:
            one = known[subjects[0]]
            if one is None:
                return []
            if one.id != UNDOCUMENTED or len(distinct) == 1:
                return [(one, rows)]
        groups: dict[tuple[str, bytes], tuple[Filter, list[int]]] = {}
        begins = self.begins
        for row, subject in zip(rows, subjects, strict=True):
            one = known[subject]
            if one is None or (begins and sequences[row] < begins.get(one.id, 0)):
                continue
            key = (one.id, subject if one.id == UNDOCUMENTED else b"")
            group = groups.get(key)
            if group is None:
                groups[key] = (one, [row])
            else:
                group[1].append(row)
        if begins:
            self.begins = {one: first for one, first in begins.items() if first > self.next}
        return list(groups.values())
