"""A capture read as if it were a broker: the fake tap of all tests, and the tap of `replay`.

Rule 1: the clock of a replay is `observed`, else `timestamp`, and never runs backwards (settled 25).
Rule 2: batches are runs of neighbouring lines of one place, so the order of arrival is the file's.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import UNDOCUMENTED, Batch, ObservationGap
from asyncwatch.model.errors import EndOfStream, InternalError
from asyncwatch.taps.base import MAX_BATCH, AddressStatus, Filter, Guarantee, Start, Tap, TapSpec, TapStatistics
from asyncwatch.taps.capture.blindness import Blindness, Place
from asyncwatch.taps.capture.line import BrokenLine, End, Missed, Record, read_line
from asyncwatch.taps.capture.source import FileSource, Line, LineSource
from asyncwatch.telemetry.happenings import CaptureLineBroken, emit

_ADDRESSES: Final = 100_000


class CaptureTap:
    """Reads lines, puts neighbours of one place into batches.

    `servers`: the only one is meant where a line names none. `live_clock`: stamp messages with our own clock as they
    arrive (a generated capture at real pace) instead of replaying theirs. `aliases`: other names of servers → the one
    that is meant. `on_broken` is told of each bad line.
    """

    def __init__(
        self,
        source: LineSource,
        servers: Sequence[str],
        on_broken: Callable[[str, int, str], None],
        *,
        live_clock: bool = False,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self._source = source
        self._servers = list(servers)
        self._on_broken = on_broken
        self._live_clock = live_clock
        self._aliases = aliases or {}
        self._filters: list[Filter] = []
        self._filter_of: dict[str, tuple[str, bool]] = {}
        """Address -> the filter that covers it, and whether that names it exactly."""
        self._pending: deque[Batch] = deque()
        self._arrivals: dict[Place, int] = {}
        self._blindness = Blindness()
        self.clock_ns = 0
        """The replay's time: the highest seen, at last the capture's end."""
        self.broken = 0
        self._statistics = TapStatistics(missed=0)

    async def connect(self) -> None:
        """Open the source; what was read before is read again. Raises: Misconfigured."""
        await self._source.open()
        self._pending.clear()
        self._arrivals.clear()
        self._blindness = Blindness()
        self.clock_ns = self.broken = 0

    async def follow(self, wanted: Sequence[Filter], start: Start) -> None:
        """Choose filters; a capture is always read from its first line."""
        self._filters = list(wanted)
        self._filter_of = {one.address: (one.id, True) for one in wanted if one.address is not None}
        self._statistics.addresses = {one.id: AddressStatus() for one in wanted}

    async def read(self) -> Sequence[Batch]:
        """Give the next batches. Raises: EndOfStream, Disconnected."""
        while not self._pending:
            lines = await self._source.lines()
            if not lines:
                raise EndOfStream
            self._pending.extend(self._batches(lines))
        given: list[Batch] = []
        room = MAX_BATCH
        while self._pending and len(self._pending[0]) <= room:
            batch = self._pending.popleft()
            room -= len(batch)
            given.append(batch)
        return given

    async def close(self) -> None:
        self._source.close()

    def statistics(self) -> TapStatistics:
        self._statistics.missed = self.broken
        return self._statistics

    def _batches(self, lines: Sequence[Line]) -> list[Batch]:
        batches: list[Batch] = []
        run: list[Record] = []
        for file, number, line in lines:
            if line is not None and not line.strip():
                continue
            try:
                if line is None:
                    raise BrokenLine("longer than 128 MB")
                found = read_line(line)
                if isinstance(found, Record):
                    self._place(found)
                elif run:  # what is said here is said of what comes after
                    batches.append(self._batch(run))
                    run = []
                if isinstance(found, Missed):
                    self._note_gap(found)
            except BrokenLine as error:
                self.broken += 1
                cut = line is not None and not line.endswith(b"\n")
                self._on_broken(file, number, f"cut off in the middle, {error}" if cut else str(error))
                continue
            if isinstance(found, Record):
                if run and (len(run) == MAX_BATCH or not _same_place(run[-1], found)):
                    batches.append(self._batch(run))
                    run = []
                run.append(found)
            if isinstance(found, End):
                self.clock_ns = max(self.clock_ns, found.time_ns)
        if run:
            batches.append(self._batch(run))
        return batches

    def _place(self, record: Record) -> None:
        """Fill in what a line may leave out, and turn the clock."""
        record.server = self._server(record.server)
        place = (record.server, record.address, record.partition)
        if len(self._arrivals) >= _ADDRESSES:
            self._arrivals.clear()
        if record.offset is None:
            record.offset = self._arrivals.get(place, 0)
        self._arrivals[place] = record.offset + 1
        if self._live_clock:
            record.observed_ns = time.time_ns()
        elif record.observed_ns is None:
            record.observed_ns = record.sent_ns or self.clock_ns
        self.clock_ns = record.observed_ns = max(self.clock_ns, record.observed_ns)

    def _server(self, given: str | None) -> str:
        if given is not None:
            return self._aliases.get(given, given)
        if len(self._servers) != 1:
            raise BrokenLine(f"server is missing, and the document has {len(self._servers)}")
        return self._servers[0]

    def _note_gap(self, missed: Missed) -> None:
        gap = ObservationGap(missed.start, missed.end, missed.count, missed.reason)
        self._blindness.note(self._server(missed.server), missed.address, missed.partition, gap)

    def _batch(self, run: Sequence[Record]) -> Batch:
        first = run[0]
        assert first.server is not None  # `_place` filled it in
        wanted, literal = self._filter_for(first.address)
        n = len(run)
        return Batch(
            server=first.server, filter=wanted, partition=first.partition,
            addresses=None if literal else [first.address] * n, payloads=[one.payload for one in run],
            headers=[one.headers for one in run], keys=[one.key for one in run],
            positions=[one.offset or 0 for one in run], sent_ns=[one.sent_ns for one in run],
            time_source=first.time_source, observed_ns=[one.observed_ns or 0 for one in run],
            properties=[one.properties for one in run] if any(one.properties for one in run) else None,
            live=first.live, gap=self._blindness.before((first.server, first.address, first.partition)),
        )  # fmt: skip

    def _filter_for(self, address: str) -> tuple[str, bool]:
        known = self._filter_of.get(address)
        if known is None:
            covering = (one.id for one in self._filters if one.pattern and one.covers(address))
            known = next(covering, UNDOCUMENTED), False
            if len(self._filter_of) < _ADDRESSES:
                self._filter_of[address] = known
        return known


def _same_place(one: Record, other: Record) -> bool:
    return (
        one.address == other.address
        and one.partition == other.partition
        and one.server == other.server
        and one.live == other.live
        and one.time_source == other.time_source
    )


def _open(server: str, settings: ServerSettings, options: Mapping[str, object]) -> Tap:
    """Open the capture at a server's url. Option `on_broken`: who is told of bad lines; the log, if not given."""
    on_broken = options.get("on_broken", _tell_broken)
    if not callable(on_broken):
        raise InternalError("on_broken of a capture tap cannot be called")
    return CaptureTap(FileSource([settings.url], what=f"server '{server}': capture"), [server], on_broken)


def _tell_broken(file: str, line: int, reason: str) -> None:
    emit(CaptureLineBroken(file=file, line=line, reason=reason))


SPEC: Final = TapSpec(
    name="capture",
    protocols=frozenset({"capture"}),
    # No SENT_TIME: a line may leave out its timestamp.
    guarantees=frozenset({Guarantee.ORDERED, Guarantee.POSITIONS, Guarantee.HEADERS, Guarantee.COUNTS_MISSED}),
    footprint="nothing, a capture is no broker",
    needs=("read access to the file",),
    open=_open,
)
