"""A work queue read message by message, by sequence: a consumer there would take messages from the services.

Messages that are settled before they were read are gone; the holes they leave are told as gaps of ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Disconnected
from asyncwatch.taps.nats.client import ApiError, Connection, Denied, NoAnswer
from asyncwatch.taps.nats.framing import Entry
from asyncwatch.taps.nats.jetstream import Stored, get_message, stream_info
from asyncwatch.taps.nats.progress import StreamProgress
from asyncwatch.taps.nats.selection import Selection
from asyncwatch.taps.nats.subjects import covers

_TOGETHER: Final = 32
"""Messages that are asked for at a time."""
_ROOM: Final = 1_000
_SETTLED: Final = "settled by its consumer before it could be read"

_Found = tuple[Stored, int, int]
"""A message, the sequence that should have come, and how many were still to come."""


class QueueReading:
    """The reading of one work queue, by a task of its own that keeps a short ring filled."""

    def __init__(self, connection: Connection, progress: StreamProgress, subjects: list[str], poll_s: float) -> None:
        self.progress = progress
        self.subjects = subjects
        self.ring: deque[_Found] = deque()
        self.consumer: str | None = None
        self.denied: str | None = None
        self._connection = connection
        self._poll_s = poll_s
        self._at = progress.next
        self._follows: int | None = None
        """The sequence that should come next."""
        self._task: asyncio.Task[None] | None = None
        self._taken = asyncio.Event()

    async def begin(self) -> None:
        """Start to read."""
        await self.end()
        self._at = self.progress.next
        self._follows = None
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        task, self._task = self._task, None
        self.ring.clear()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def needs_mending(self, now_s: float) -> bool:
        """The task mends itself."""
        return False

    def take(self, selection: Selection, limit: int, observed_ns: int) -> tuple[list[Batch], int, int]:
        """Take what was read, in one step."""
        progress = self.progress
        batches: list[Batch] = []
        n = min(len(self.ring), limit)
        found = [self.ring.popleft() for _ in range(n)]
        self._taken.set()
        start = 0
        for row in range(1, n + 1):
            if row < n and found[row][1] == found[row][0].sequence:
                continue
            part, start = found[start:row], row
            stored, expected, _ = part[0]
            if expected < stored.sequence:
                first = max(expected, progress.live_from)
                if first < stored.sequence:
                    count = stored.sequence - first if not self.subjects else None
                    progress.lose(first, stored.sequence, count, _SETTLED)
            entries: list[Entry] = [(b"", one.subject.encode(), None, one.block, one.payload) for one, _, _ in part]
            batches += progress.batches(
                selection, entries, [one.sequence for one, _, _ in part], [one.time_ns for one, _, _ in part],
                part[0][2], part[-1][2], observed_ns,
            )  # fmt: skip
        return batches, n, 0

    async def _run(self) -> None:
        while True:
            try:
                if not await self._read_on():
                    await asyncio.sleep(self._poll_s)
            except Denied as denied:
                self.denied = str(denied)
                await asyncio.sleep(self._poll_s * 20)
            except (ApiError, NoAnswer):
                await asyncio.sleep(self._poll_s * 4)
            except Disconnected:
                return

    async def _read_on(self) -> bool:
        """Read up to the present end; tell whether there was anything."""
        progress = self.progress
        stream = await stream_info(self._connection, progress.stream)
        if stream is None:
            progress.exists = False
            return False
        if not self.ring and progress.next <= self._at:
            if stream.created != progress.created or stream.last < self._at - 1:
                progress.next = self._at
                progress.see(stream)
                self._at = progress.next
            progress.exists = True
        last = stream.last if progress.stop is None else min(stream.last, progress.stop)
        if self._at > last:
            progress.done = progress.done or (progress.stop is not None and not self.ring)
            return False
        while self._at <= last:
            window = range(self._at, min(self._at + _TOGETHER, last + 1))
            answers = await asyncio.gather(*(self._get(sequence) for sequence in window))
            found = [one for one in answers if one is not None]
            self.denied = None
            if found:
                self._keep(found, stream.last)
                self._at = window[-1] + 1
            else:
                following = await get_message(self._connection, progress.stream, self._at, ">")
                self._at = last + 1 if following is None else max(following.sequence, self._at + 1)
                if following is not None and following.sequence <= last:
                    self._keep([following], stream.last)
                    self._at = following.sequence + 1
            while len(self.ring) > _ROOM:
                self._taken.clear()
                await self._taken.wait()
        return True

    async def _get(self, sequence: int) -> Stored | None:
        return await get_message(self._connection, self.progress.stream, sequence, None)

    def _keep(self, found: list[Stored], last: int) -> None:
        for stored in found:
            if self._follows is None:
                self._follows = self.progress.next
            is_hole = self._follows < stored.sequence
            if not self.subjects or any(covers(one, stored.subject) for one in self.subjects):
                self.ring.append((stored, self._follows, max(last - stored.sequence, 0)))
                self._follows = stored.sequence + 1
            elif not is_hole:
                # Not ours; a hole before it may have been, and stays open until one of ours tells it.
                self._follows = stored.sequence + 1
        self._connection.on_arrival(0)
