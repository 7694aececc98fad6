"""Core NATS: subscriptions without a queue group, and a bounded ring behind them.

Rule 1: a server sends a message once for each subscription that covers it; it is taken from the first one only.
Rule 2: when the ring is full the newest messages are dropped, counted, and told as a gap of ours.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from asyncwatch.model.batch import UNDOCUMENTED, Batch, ObservationGap
from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.client import Connection
from asyncwatch.taps.nats.columns import core_batch
from asyncwatch.taps.nats.framing import ENTRY_BYTES, Entry
from asyncwatch.taps.nats.selection import Selection
from asyncwatch.taps.nats.subjects import covers

_LOST: Final[Entry] = (b"", b"", None, None, b"")
"""Stands in the ring where messages were dropped."""
_MOST_KNOWN: Final = 16_384
_DROPPED: Final = "more came than could be judged"
_CUT: Final = "the connection was lost"


class CoreReading:
    """All subscriptions of one tap. Outlives a connection: arrival numbers go on."""

    def __init__(self, server: str) -> None:
        self.ring: deque[Entry] = deque()
        self.dropped = 0
        """Messages dropped so far."""
        self._server = server
        self._sids: dict[str, bytes] = {}
        self._order: list[tuple[bytes, str]] = []
        self._literal: dict[bytes, bytes] = {}
        self._streams: Sequence[str] = ()
        self._taken_from: dict[bytes, bytes] = {}
        """Real subject → the subscription its messages are taken from; b"" = none, a stream has them."""
        self._arrived: dict[str, int] = {}
        self._gaps: dict[str, ObservationGap] = {}
        self._losses: deque[dict[str, int]] = deque()
        """For each mark of a loss in the ring: how many of each filter."""
        self._loss_ns: deque[tuple[int, int]] = deque()

    @property
    def subjects(self) -> list[str]:
        return list(self._sids)

    def forget_connection(self, ids: Sequence[str], since_ns: int, now_ns: int) -> None:
        """Note that nothing was seen for a while."""
        self._sids.clear()
        for one in ids:
            self._open_gap(one, ObservationGap(since_ns, now_ns, None, _CUT))

    def _open_gap(self, filter_id: str, gap: ObservationGap) -> None:
        """Note what a filter's next batch has to tell; what is not told yet becomes one."""
        before = self._gaps.get(filter_id)
        if before is not None:
            count = None if before.count is None or gap.count is None else before.count + gap.count
            gap = ObservationGap(min(before.start, gap.start), max(before.end, gap.end), count, gap.reason)
        self._gaps[filter_id] = gap

    def clear(self) -> None:
        """Forget what was not taken; the connection is at its end."""
        self.ring.clear()
        self._losses.clear()
        self._loss_ns.clear()

    async def follow(self, connection: Connection, subjects: Sequence[str], streams: Sequence[str]) -> None:
        """Subscribe to exactly these; `streams`: subjects that are read elsewhere and dropped here."""
        for gone in self._sids.keys() - set(subjects):
            await connection.unsubscribe(self._sids.pop(gone))
        for subject in subjects:
            if subject not in self._sids:
                self._sids[subject] = await connection.subscribe(subject, self.ring.append)
        self._streams = streams
        self._literal = {one.encode(): sid for one, sid in self._sids.items() if not {"*", ">"} & set(one)}
        self._order = [(sid, one) for one, sid in self._sids.items() if one.encode() not in self._literal]
        self._taken_from.clear()
        await connection.flush()

    def drop_over(self, selection: Selection, most: int) -> int:
        """Drop the newest messages beyond so many; give the bytes that this frees."""
        ring = self.ring
        excess = len(ring) - len(self._losses) - most
        if excess <= 0:
            return 0
        now_ns = time.time_ns()
        since_ns, freed = now_ns, 0
        lost: dict[str, int] = {}
        while ring and (excess > 0 or ring[-1] is _LOST):
            entry = ring.pop()
            if entry is _LOST:
                for one, count in self._losses.pop().items():
                    lost[one] = lost.get(one, 0) + count
                since_ns = self._loss_ns.pop()[0]
                continue
            excess -= 1
            freed += len(entry[4]) + len(entry[3] or b"") + ENTRY_BYTES
            filter_ = self._filter(selection, entry)
            if filter_ is not None:
                self.dropped += 1
                lost[filter_.id] = lost.get(filter_.id, 0) + 1
        ring.append(_LOST)
        self._losses.append(lost)
        self._loss_ns.append((since_ns, now_ns))
        return freed

    def take(self, selection: Selection, limit: int, observed_ns: int) -> tuple[list[Batch], int, int]:
        """Take what has come, at most `limit` messages, in one step; give batches, messages and their bytes."""
        ring = self.ring
        entries: list[Entry] = []
        batches: list[Batch] = []
        size = count = 0
        while ring and count < limit:
            entry = ring.popleft()
            if entry is _LOST:
                batches += self._batches(selection, entries, observed_ns)
                entries = []
                start, end = self._loss_ns.popleft()
                for one, lost in self._losses.popleft().items():
                    self._open_gap(one, ObservationGap(start, end, lost, _DROPPED))
                continue
            entries.append(entry)
            count += 1
            size += len(entry[4])
            if entry[3] is not None:
                size += len(entry[3])
        batches += self._batches(selection, entries, observed_ns)
        return batches, count, size

    def _batches(self, selection: Selection, entries: Sequence[Entry], observed_ns: int) -> list[Batch]:
        if not entries:
            return []
        subjects = [entry[1] for entry in entries]
        distinct = set(subjects)
        known, origins = selection.look_up(distinct), self._origins(distinct)
        groups: dict[tuple[str, bytes], tuple[Filter, list[Entry]]] = {}
        for entry, subject in zip(entries, subjects, strict=True):
            one = known[subject]
            if one is None or origins[subject] != entry[0]:
                continue
            key = (one.id, subject if one.id == UNDOCUMENTED else b"")
            group = groups.get(key)
            if group is None:
                groups[key] = (one, [entry])
            else:
                group[1].append(entry)
        found: list[Batch] = []
        for one, chosen in groups.values():
            first = self._arrived.get(one.id, 0)
            self._arrived[one.id] = first + len(chosen)
            found.append(
                core_batch(
                    chosen, server=self._server, filter_id=one.id, wildcard=one.pattern is not None, first=first,
                    observed_ns=observed_ns, gap=self._gaps.pop(one.id, None),
                )
            )  # fmt: skip
        return found

    def _filter(self, selection: Selection, entry: Entry) -> Filter | None:
        distinct = {entry[1]}
        one = selection.look_up(distinct)[entry[1]]
        return one if one is not None and self._origins(distinct)[entry[1]] == entry[0] else None

    def _origins(self, distinct: set[bytes]) -> Mapping[bytes, bytes]:
        taken_from = self._taken_from
        fresh = distinct - taken_from.keys()
        if fresh:
            if len(taken_from) + len(fresh) > _MOST_KNOWN:
                taken_from.clear()
                fresh = distinct
            for subject in fresh:
                taken_from[subject] = self._origin(subject)
        return taken_from

    def _origin(self, subject: bytes) -> bytes:
        text = subject.decode("utf-8", "backslashreplace")
        if any(covers(one, text) for one in self._streams):
            return b""
        sid = self._literal.get(subject)
        if sid is not None:
            return sid
        return next((sid for sid, one in self._order if covers(one, text)), b"")
