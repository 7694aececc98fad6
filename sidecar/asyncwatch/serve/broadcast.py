"""One picture a second for any number of readers: each event is made once, and every reader goes through it at its pace.

Rule 1: without readers nothing is made.
Rule 2: an event's id names the run and its number; a reader that comes back within the events that are kept goes on
behind the last one it had, any other begins with a snapshot.
Rule 3: a reader that falls behind gets a new snapshot instead of a queue; one that stalls holds nothing but its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from asyncwatch.model.view import Snapshot
from asyncwatch.serve.picture import Picture
from asyncwatch.serve.told_findings import ToldFindings
from asyncwatch.telemetry.happenings import ApiBroke, emit

MOST_READERS: Final = 200
_PERIOD_S: Final = 1.0
_SHARE: Final = 9
"""Between two pictures nine times as long as one takes passes: a tenth of a core at most, however many channels."""
_BEHIND: Final = 4
"""Pictures a reader may be behind; beyond, it is given a new snapshot when it is ready."""
_KEPT_EVENTS: Final = 600
_KEPT_BYTES: Final = 8 << 20
_KEEP_ALIVE_S: Final = 10.0
_PIECE: Final = 64 << 10
"""Bytes that are handed to a connection at once: what a stalled reader can make us hold."""
_ID: Final = re.compile(r"([0-9a-f]{8})-([0-9]{1,15})", re.ASCII)
_OPENING: Final = b"retry: 1000\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"


class _Event(NamedTuple):
    number: int
    frame: bytes


class Broadcast:
    """Makes the picture once a second while anyone reads, and gives out what changed."""

    def __init__(self, snapshot: Callable[[], Snapshot], *, most_readers: int = MOST_READERS) -> None:
        self._picture = Picture(snapshot)
        self._told = ToldFindings()
        self._most_readers = most_readers
        self._run = secrets.token_hex(4)
        self._events: deque[_Event] = deque()
        self._kept_bytes = 0
        self._number = 0
        self._pictures = 0
        self._is_old = True
        """The last picture was made long ago, or never."""
        self._snapshot_frame: tuple[int, bytes] | None = None
        self._is_broken = False
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self.readers = 0
        """Open streams."""

    async def run(self) -> None:
        """Broadcast until cancelled; our own mistake in a picture is told once, and the next one is tried."""
        while True:
            if not self.readers:
                self._is_old = True
                self._wake.clear()
                await self._wake.wait()
            began_s = time.perf_counter()
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 # fail open: readers are kept, and the road goes on
                if not self._is_broken:
                    self._is_broken = True
                    emit(ApiBroke(what="the stream"), exception=error)
            await asyncio.sleep(max(_PERIOD_S, _SHARE * (time.perf_counter() - began_s)))

    def beat(self) -> None:
        """Make one picture, and the events that tell what changed."""
        change = self._picture.look()
        told = self._told.look(self._picture.findings, time.monotonic())
        if self._pictures:
            self._keep(b"change", change)
            for finding in told:
                self._keep(b"finding", finding)
        self._pictures += 1
        self._is_old = False
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _keep(self, name: bytes, body: bytes) -> None:
        self._number += 1
        frame = self._frame(name, body)
        self._events.append(_Event(self._number, frame))
        self._kept_bytes += len(frame)
        while len(self._events) > _KEPT_EVENTS or (self._kept_bytes > _KEPT_BYTES and len(self._events) > 1):
            self._kept_bytes -= len(self._events.popleft().frame)

    def _frame(self, name: bytes, body: bytes) -> bytes:
        return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (self._run.encode(), self._number, name, body)

    async def read(self, last_event_id: str | None = None, most: int | None = None) -> AsyncGenerator[bytes, None]:
        """Give one reader its events: a snapshot, or what it missed since an event; then what changes.

        `most`: end after so many events. There is no first piece where one more reader is one too many.
        """
        if self.readers >= self._most_readers:
            return
        self.readers += 1
        self._wake.set()
        place = self._place_of(last_event_id)
        resumes, picture, given = place is not None, self._pictures, 0
        try:
            yield _OPENING
            while most is None or given < most:
                news = self._news
                behind = not resumes and self._pictures - picture > _BEHIND
                if place is not None and not behind and self._is_kept(place):
                    frames = list(islice(self._events, len(self._events) - (self._number - place), None))
                elif self._is_old:
                    frames = []
                else:
                    frames, place = [_Event(self._number, self._whole())], self._number
                if not frames:
                    if not await _is_set(news):
                        yield _KEEP_ALIVE
                    continue
                del frames[len(frames) if most is None else most - given :]
                given += len(frames)
                place, resumes, picture = frames[-1].number, False, self._pictures
                for piece in _pieces(b"".join([event.frame for event in frames])):
                    yield piece
        finally:
            self.readers -= 1

    def _place_of(self, last_event_id: str | None) -> int | None:
        """Give the number of an event of this run; None for any other id."""
        found = _ID.fullmatch(last_event_id or "")
        if found is None or found[1] != self._run or int(found[2]) > self._number:
            return None
        return int(found[2])

    def _is_kept(self, place: int) -> bool:
        """Tell whether every event behind a place is still there."""
        return self._number - place <= len(self._events)

    def _whole(self) -> bytes:
        """Give the event that carries the last picture: made once for all who need it."""
        if self._snapshot_frame is None or self._snapshot_frame[0] != self._pictures:
            self._snapshot_frame = self._pictures, self._frame(b"snapshot", self._picture.whole())
        return self._snapshot_frame[1]


async def _is_set(news: asyncio.Event) -> bool:
    """Wait for news; tell whether there were any in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_KEEP_ALIVE_S):
            await news.wait()
    return news.is_set()


def _pieces(frame: bytes) -> Iterator[bytes]:
    if len(frame) <= _PIECE:
        yield frame
        return
    for start in range(0, len(frame), _PIECE):
        yield frame[start : start + _PIECE]
