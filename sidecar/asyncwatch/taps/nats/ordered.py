"""A stream read by an ordered ephemeral push consumer: nothing is acknowledged, and what is lost on the way is seen.

Rule 1: the consumer numbers what it sends. A number that does not follow, a heartbeat that names another one, or no
sign of life breaks it; a new consumer then begins behind the last good message.
Rule 2: flow control is answered when what came before the question has been taken, so the server waits for us.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from asyncwatch.model.batch import Batch
from asyncwatch.taps.nats.client import Connection
from asyncwatch.taps.nats.deliveries import Deliveries, read_deliveries
from asyncwatch.taps.nats.framing import ENTRY_BYTES, Entry
from asyncwatch.taps.nats.headers import find_header, read_status
from asyncwatch.taps.nats.jetstream import PREFIX, create_consumer
from asyncwatch.taps.nats.progress import StreamProgress
from asyncwatch.taps.nats.selection import Selection

INACTIVE_S: Final = 5.0
"""After so long without us the server removes the consumer (facts on taps, §2)."""
_SILENT: Final = 2.5
"""Heartbeats that may be missing before a consumer counts as gone."""
_AGAIN_S: Final = 1.0


class OrderedReading:
    """One consumer on one stream. `noted` is told a name before a consumer of that name is made."""

    def __init__(
        self,
        connection: Connection,
        progress: StreamProgress,
        subjects: list[str],
        *,
        heartbeat_s: float,
        noted: Callable[[str, str], None],
    ) -> None:
        self.progress = progress
        self.subjects = subjects
        self.ring: deque[Entry] = deque()
        self.consumer: str | None = None
        self._connection = connection
        self._heartbeat_s = heartbeat_s
        self._noted = noted
        self._sid = b""
        self._inbox = b""
        self._number = 1
        self._broken = True
        self._beginning = False
        self._heard_s = 0.0
        self._try_at_s = 0.0

    async def begin(self) -> None:
        """Make a consumer that begins at the next message wanted.

        Raises: ApiError, Denied, NoAnswer, Disconnected.
        """
        self._broken = self._beginning = True
        try:
            await self._connection.unsubscribe(self._sid)
            self.ring.clear()
            self._try_at_s = time.monotonic() + _AGAIN_S
            inbox = self._connection.new_inbox()
            name = f"{PREFIX}{secrets.token_hex(8)}"
            self._inbox = inbox.encode()
            self._number = 1
            first = self.progress.next
            self._sid = await self._connection.subscribe(inbox, self.ring.append)
            self._noted(self.progress.stream, name)
            pending = await create_consumer(
                self._connection, self.progress.stream, name, inbox=inbox, subjects=self.subjects,
                first=first, heartbeat_s=self._heartbeat_s, inactive_s=INACTIVE_S,
            )  # fmt: skip
            self.consumer = name
            self.progress.pending = pending
            if self.progress.stop is not None and pending == 0:
                self.progress.done = True
            self._heard_s = time.monotonic()
            # The stream may have been made anew meanwhile.
            self._broken = self.progress.next != first
        finally:
            self._beginning = False

    async def end(self) -> None:
        """End the subscription; the consumer is deleted by whoever noted it."""
        await self._connection.unsubscribe(self._sid)
        self.ring.clear()

    def needs_mending(self, now_s: float) -> bool:
        """Tell whether a new consumer is due."""
        if not self._broken and now_s - self._heard_s > _SILENT * self._heartbeat_s:
            self._broken = True
        return self._broken and not self._beginning and self.progress.exists and now_s >= self._try_at_s

    def break_off(self) -> None:
        """Take nothing more from the present consumer: the stream is not what it was."""
        self._broken = True
        self._try_at_s = 0.0

    def let_go(self) -> int:
        """Drop what is held; it is read again. Give the bytes that this frees."""
        freed = sum(len(entry[4]) + len(entry[3] or b"") + ENTRY_BYTES for entry in self.ring)
        self.ring.clear()
        self._broken = True
        return freed

    def take(self, selection: Selection, limit: int, observed_ns: int) -> tuple[list[Batch], int, int]:
        """Take what has come, at most `limit` messages, in one step; give batches, messages and their bytes."""
        ring = self.ring
        n = min(len(ring), limit)
        if not n or self._beginning:
            return [], 0, 0
        entries = [ring.popleft() for _ in range(n)]
        size = sum([len(entry[4]) for entry in entries]) + sum([len(entry[3]) for entry in entries if entry[3]])
        if self._broken:
            return [], n, size
        self._heard_s = time.monotonic()
        if self._inbox in [entry[1] for entry in entries]:
            entries = self._obey(entries)
        entries, found = self._follow(entries)
        if found is None:
            return [], n, size
        batches = self.progress.batches(
            selection, entries, found.sequences, found.times_ns, found.pending_at_first, found.pending, observed_ns
        )
        return batches, n, size

    def _follow(self, entries: list[Entry]) -> tuple[list[Entry], Deliveries | None]:
        """Read what the broker tells of each message; behind a number that does not follow nothing is taken."""
        if not entries:
            return entries, None
        try:
            found = read_deliveries(entries)
            expected = self._number
            # Numbers of one consumer only rise on one connection, so the two ends tell of all.
            if found.first != expected or found.last != expected + len(entries) - 1:
                self._broken = True
                n = 0
                while n < len(entries) and read_deliveries(entries[n : n + 1]).first == expected + n:
                    n += 1
                entries = entries[:n]
                if not entries:
                    return entries, None
                found = read_deliveries(entries)
        except (ValueError, IndexError):
            self._broken = True
            return [], None
        self._number = found.last + 1
        return entries, found

    def _obey(self, entries: list[Entry]) -> list[Entry]:
        """Answer flow control, look at heartbeats, and give the messages without them."""
        messages: list[Entry] = []
        for entry in entries:
            if entry[1] != self._inbox:
                messages.append(entry)
                continue
            status, _ = read_status(entry[3])
            if status != 100:
                # The consumer was deleted, or moved to another leader.
                self._broken = True
            elif entry[2]:
                self._connection.answer(entry[2])
            else:
                stalled = find_header(entry[3], "Nats-Consumer-Stalled")
                if stalled is not None:
                    self._connection.answer(stalled.encode())
                last = find_header(entry[3], "Nats-Last-Consumer")
                if last is not None and last.isdigit() and int(last[:19]) != self._number - 1 + len(messages):
                    self._broken = True
                elif stalled is None and self.progress.stop is not None:
                    # Idle and not held up: whatever else was there at the start is gone.
                    self.progress.done = True
        return messages
