"""The loop around a tap: connect, follow, read; back off, come back, say what state it is in.

connecting ──ok──► connected ──Disconnected──► reconnecting ──ok──► connected
    │ Unreachable: again with back-off   Refused: shown, again every 30 s   Misconfigured: for good
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Disconnected, EndOfStream, Misconfigured, Refused, Unreachable
from asyncwatch.pipeline.backoff import REFUSED_S, Backoff
from asyncwatch.pipeline.room import Room
from asyncwatch.taps.base import Filter, Start, Tap, TapStatistics
from asyncwatch.telemetry.happenings import (
    TapBroke,
    TapConnected,
    TapConnectionLost,
    TapMisconfigured,
    TapRefused,
    TapSilent,
    TapUnreachable,
    emit,
)

_CLOSE_S: Final = 2.0


class Runner:
    """Runs one tap until it ends or is cancelled.

    `first_try` is set as soon as the first attempt to connect has ended, however it did. `on_connected` is called
    before the first message of a connection is read. `room` is waited for before each read; None = never wait.
    """

    def __init__(
        self,
        tap: Tap,
        record: ServerRecord,
        filters: Sequence[Filter],
        start: Start,
        take: Callable[[Batch], None],
        footprint: str,
        room: Room | None = None,
    ) -> None:
        self.tap = tap
        self.record = record
        self.filters = list(filters)
        self.first_try = asyncio.Event()
        self.ended = False
        self.on_connected: Callable[[], None] = lambda: None
        self._start = start
        self._first: Start | None = None
        self._blind_from_ns: int | None = None
        self._footprint = footprint
        self._room = room
        self.take = take
        self._backoff = Backoff()
        self._last: TapStatistics | None = None
        self._reading: asyncio.Timeout | None = None
        self._follows_anew = False

    def move(self, since_ns: int, *, is_blind: bool) -> None:
        """Begin where another reader of this server ended; `is_blind`: the broker may not give again what came since."""
        if not self._start.until_end:
            self._first = Start("time", since_ns)
        self._blind_from_ns = since_ns if is_blind else None

    async def run(self) -> None:
        """Read until the stream ends, or for ever; the tap is closed whatever happens."""
        try:
            while await self._sound_session():
                pass
        finally:
            self._last = self.tap.statistics()  # a closed tap knows nothing any more
            await self._close()

    def follow(self, filters: Sequence[Filter]) -> None:
        """Read other addresses from the next read on; one that waits for messages is cut short."""
        self.filters = list(filters)
        self._follows_anew = True
        if self._reading is not None and not self._reading.expired():
            self._reading.reschedule(asyncio.get_running_loop().time())

    async def _sound_session(self) -> bool:
        """Run a session; our own mistake in a tap is told, and ends that session only."""
        try:
            return await self._session()
        except Exception as error:  # noqa: BLE001 # fail open: the other servers go on, and this one is tried again
            self.record.change("reconnecting", time.time_ns(), error="a mistake of asyncwatch; see its log")
            emit(TapBroke(server=self.record.server), exception=error)
            await self._wait(self._backoff.next_s())
            return True

    async def _session(self) -> bool:
        """Connect once and read as long as that lasts; tell whether to try again."""
        try:
            await self.tap.connect()
            self._follows_anew = False
            await self.tap.follow(self.filters, self._first or self._start)
        except Misconfigured as error:
            self.record.change("misconfigured", time.time_ns(), error=error.message, hint=error.hint)
            emit(TapMisconfigured(server=self.record.server, reason=str(error)))
            self.first_try.set()
            return False
        except Refused as error:
            self.record.change("refused", time.time_ns(), error=error.message, hint=error.hint)
            emit(TapRefused(server=self.record.server, reason=str(error)))
            await self._wait(REFUSED_S)
            return True
        except (Unreachable, Disconnected) as error:
            state = "connecting" if self.record.last_connected_ns is None else "reconnecting"
            self.record.change(state, time.time_ns(), error=error.message, hint=error.hint)  # type: ignore[arg-type] # one of the two words above
            pause_s = self._backoff.next_s()
            if self.record.attempt % 10 == 0:
                emit(TapUnreachable(server=self.record.server, reason=str(error), next_try_s=pause_s))
            await self._wait(pause_s)
            return True
        self._first = None
        if self._blind_from_ns is not None:
            self.record.was_blind(self._blind_from_ns, time.time_ns(), "the server is reached another way by now")
            self._blind_from_ns = None
        self.record.change("connected", time.time_ns())
        self.record.last_connected_ns = time.time_ns()
        self.first_try.set()
        self.on_connected()
        emit(
            TapConnected(
                server=self.record.server,
                address=self.record.address,
                channels=len(self.filters),
                footprint=self._footprint,
            )
        )
        return await self._read()

    async def _read(self) -> bool:
        read, take = self.tap.read, self.take
        try:
            while True:
                if self._room is not None:
                    await self._room.wait()
                batches = await self._read_once(read)
                self._backoff.reset()
                for batch in batches:
                    if batch.gap is not None:
                        self._note_gap(batch)
                    take(batch)
                await asyncio.sleep(0)  # a full road must not starve the API, the outlets and the signals
        except EndOfStream:
            self.ended = True
            return False
        except (Disconnected, Unreachable, Refused, Misconfigured) as error:  # the latter from following anew
            self.record.change("reconnecting", time.time_ns(), error=error.message, hint=error.hint)
            emit(TapConnectionLost(server=self.record.server, reason=str(error)))
            await self._close()
            return True

    async def _read_once(self, read: Callable[[], Awaitable[Sequence[Batch]]]) -> Sequence[Batch]:
        """Read; when other addresses are wanted meanwhile, follow those and give nothing."""
        if not self._follows_anew:
            try:
                async with asyncio.timeout(None) as self._reading:
                    return await read()
            except TimeoutError:
                if not self._follows_anew:
                    raise
            finally:
                self._reading = None
        self._follows_anew = False
        await self.tap.follow(self.filters, self._start)
        return ()

    def _note_gap(self, batch: Batch) -> None:
        gap = batch.gap
        assert gap is not None  # the caller looked
        if gap.elsewhere:
            return
        since_ns = gap.since_ns or self.record.last_connected_ns or self.record.since_ns
        self.record.was_blind(since_ns, batch.observed_ns[0], gap.reason)
        if gap.count is not None:
            self.record.missed = (self.record.missed or 0) + gap.count

    def say_silent(self, waited_s: float) -> None:
        """Say that the first attempt has not even ended after so many seconds."""
        self.record.error = f"server '{self.record.server}': no broker answers at {self.record.address}"
        emit(TapSilent(server=self.record.server, address=self.record.address, waited_s=waited_s))

    async def _wait(self, pause_s: float) -> None:
        self.record.attempt += 1
        self.record.next_try_ns = time.time_ns() + int(pause_s * 1e9)
        self.first_try.set()
        await self._close()
        await asyncio.sleep(pause_s)
        self.record.next_try_ns = None

    async def _close(self) -> None:
        """Close within 2 s; a broker that hangs must not hold up the end."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self.tap.close()
        except TimeoutError:
            pass

    def statistics(self) -> TapStatistics:
        """Give what the tap knows; after the end, what it knew then."""
        return self._last or self.tap.statistics()
