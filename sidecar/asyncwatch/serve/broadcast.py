"""One picture a second for any number of readers; a slow reader gets a fresh snapshot later instead of a queue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
import orjson

from asyncwatch.model.view import Snapshot
from asyncwatch.serve.patch import diff

_PERIOD_S: Final = 1.0
_WAITING: Final = 4
"""Events that may wait for a reader; beyond, it is given a new snapshot when it is ready."""


class Reader:
    """One open stream."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
        self.needs_snapshot = True


class Broadcast:
    """Makes the snapshot once a second while anyone reads, and gives out what changed."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._readers: set[Reader] = set()
        self._last: object = None
        self._number = 0
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Broadcast until cancelled; without readers nothing is made."""
        while True:
            if not self._readers:
                self._wake.clear()
                await self._wake.wait()
            self.beat()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PERIOD_S):
                    self._wake.clear()
                    await self._wake.wait()

    def beat(self) -> None:
        """Make one picture and give it to every reader that has room."""
        now = msgspec.to_builtins(self._snapshot())
        self._number += 1
        change: bytes | None = None
        whole: bytes | None = None
        for reader in self._readers:
            if reader.needs_snapshot:
                if reader.events.empty():
                    whole = whole or _event("snapshot", self._number, orjson.dumps(now))
                    reader.events.put_nowait(whole)
                    reader.needs_snapshot = False
                continue
            change = change or _event("change", self._number, orjson.dumps(diff(self._last, now)))
            try:
                reader.events.put_nowait(change)
            except asyncio.QueueFull:
                reader.needs_snapshot = True
                while not reader.events.empty():
                    reader.events.get_nowait()
        self._last = now

    async def read(self) -> AsyncIterator[bytes]:
        """Give one reader its events: a snapshot, then what changes."""
        reader = Reader()
        self._readers.add(reader)
        self._wake.set()
        try:
            while True:
                yield await reader.events.get()
        finally:
            self._readers.discard(reader)


def _event(name: str, number: int, data: bytes) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), data)
