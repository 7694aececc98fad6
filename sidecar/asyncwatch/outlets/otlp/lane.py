"""The road of one signal: a bounded queue, requests with retries, and exact counts.

Rule 1: offered = delivered + dropped + queued, where a request on its way still counts as queued.
Rule 2: a request that is cancelled goes back to the queue; sent twice its things are the same bytes.
Source: facts on telemetry §7; docs/laws/outlet.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, Literal

from asyncwatch.config.settings import OtlpSettings
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.otlp.answer import IN_FLIGHT, Answer
from asyncwatch.outlets.otlp.encoding import encode_request
from asyncwatch.outlets.otlp.export_queue import ExportQueue, Thing
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.outlets.otlp.signals import Signal
from asyncwatch.outlets.otlp.transport import Transport, open_transport

MAX_REQUEST_BYTES: Final = 3 * 1024 * 1024
"""Before compression; servers usually stop at 4 MiB."""

QUEUE_FULL: Final = "queue_full"
REJECTED: Final = "rejected"
TIMEOUT: Final = "timeout"
TOO_LARGE: Final = "too_large"
"""Reasons for drops; the first three are the words of the semantic conventions' `error.type`."""


class Lane:
    """Queues encoded things of one signal and sends them by its own road.

    Raises: Misconfigured (the settings' address, headers or certificates cannot be used).
    """

    def __init__(self, signal: Signal, settings: OtlpSettings, back_off: BackOff | None = None) -> None:
        self._signal = signal
        self._settings = settings
        self._back_off = BackOff() if back_off is None else back_off
        self._transport = open_transport(signal, settings)
        self._queue = ExportQueue(settings.queue_size)
        self._offered = self._delivered = self._on_the_way = 0
        self._drops: Counter[str] = Counter()
        self._state: Literal["ok", "queueing", "down"] = "ok"
        self._error: str | None = None
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._flush = asyncio.Event()
        self._empty = asyncio.Event()
        self._answered = asyncio.Event()
        self._resume_s = 0.0
        self._running = False

    def put(self, resource: bytes, plain: Sequence[bytes], violating: Sequence[bytes]) -> None:
        """Queue things; when the queue is full plain ones are dropped first."""
        self._offered += len(plain) + len(violating)
        queue = self._queue
        dropped = queue.put_violating(resource, violating) + queue.put_plain(resource, plain)
        if dropped:
            self._drops[QUEUE_FULL] += dropped
        self._some.set()
        if len(queue) >= self._settings.batch_size:
            self._enough.set()

    async def run(self) -> None:
        """Send until cancelled."""
        self._running = True
        turn = asyncio.Lock()
        try:
            async with self._transport as transport, asyncio.TaskGroup() as senders:
                for _ in range(IN_FLIGHT):
                    senders.create_task(self._send_all(transport, turn))
        finally:
            self._running = False

    async def _send_all(self, transport: Transport, turn: asyncio.Lock) -> None:
        while True:
            async with turn:  # one sender waits for a batch, the others have theirs on the way
                await self._wait_for_batch()
                things, violating, too_large = self._queue.take(self._settings.batch_size, MAX_REQUEST_BYTES)
                self._drops[TOO_LARGE] += too_large
                self._on_the_way += len(things)
                self._note_length()
            if not things:
                continue
            left = len(things)
            try:
                left -= await self._deliver(transport, things)
            finally:
                self._on_the_way -= len(things)
                if left:
                    self._queue.put_back(things, violating)
                self._note_length()

    def _note_length(self) -> None:
        """Bring the events in line with the queue."""
        length = len(self._queue)
        _set(self._some, length > 0)
        _set(self._enough, length >= self._settings.batch_size)
        _set(self._empty, length + self._on_the_way == 0)

    async def _wait_for_batch(self) -> None:
        """Wait for something, then for a whole batch or the end of the linger time."""
        await self._some.wait()
        if not self._flush.is_set():
            await _wait_for_any(self._settings.linger_s, self._enough, self._flush)

    async def _deliver(self, transport: Transport, things: Sequence[Thing]) -> int:
        """Send a request until it is taken, refused, or too old; give how many things are settled: all of them."""
        request = encode_request(things)
        clock = asyncio.get_running_loop().time
        give_up_s = clock() + self._settings.retry_age_s
        failures = 0
        while True:
            await asyncio.sleep(max(self._resume_s - clock(), 0.0))
            answer = await transport.send(request)
            if answer.kind != "again":
                break
            failures += 1
            self._note_failure(answer)
            if answer.after_s is not None:
                # The receiver speaks for all requests: nobody sends before that moment.
                self._resume_s = max(self._resume_s, clock() + min(answer.after_s, self._settings.retry_age_s))
                pause_s = self._resume_s - clock()
            else:
                pause_s = self._back_off.pause_s(failures)
            if clock() + pause_s >= give_up_s:
                await self._pause(max(give_up_s - clock(), 0.0))
                if clock() >= give_up_s:
                    self._drops[TIMEOUT] += len(things)
                    return len(things)
            elif answer.after_s is None:
                await self._pause(pause_s)
        rejected = len(things) if answer.kind == "refused" else min(answer.rejected, len(things))
        self._delivered += len(things) - rejected
        self._drops[REJECTED] += rejected
        self._state = "down" if answer.kind == "refused" else "ok"
        self._error = answer.said
        self._answered.set()
        return len(things)

    def _note_failure(self, answer: Answer) -> None:
        self._state = "queueing" if answer.reached else "down"
        self._error = answer.said
        self._answered.clear()

    async def _pause(self, pause_s: float) -> None:
        """Wait; the beginning of a drain, or that another request was taken, cuts a long pause short."""
        if self._flush.is_set():
            await asyncio.sleep(pause_s)
            return
        least_s = min(pause_s, self._back_off.first_s)
        await _wait_for_any(least_s, self._flush)
        if pause_s > least_s and not self._flush.is_set():
            await _wait_for_any(pause_s - least_s, self._flush, self._answered)

    async def drain(self, deadline_s: float) -> int:
        """Send what is queued without lingering, for at most `deadline_s`; give how many things are left behind."""
        self._flush.set()
        self._note_length()
        own = None if self._running else asyncio.create_task(self.run())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(deadline_s):
                    await self._empty.wait()
        finally:
            self._flush.clear()
            if own is not None:
                own.cancel()
                with suppress(asyncio.CancelledError):
                    await own
        return self._queued

    @property
    def _queued(self) -> int:
        return len(self._queue) + self._on_the_way

    def statistics(self, name: str, left_out: Mapping[str, int]) -> OutletStatistics:
        """Give the counts so far under the outlet's name, beside what it never offered."""
        return OutletStatistics(
            name=name, unit=self._signal.unit, state=self._state, offered=self._offered, delivered=self._delivered,
            dropped=self._drops.total(), queued=self._queued, capacity=self._settings.queue_size, error=self._error,
            reasons={reason: count for reason, count in self._drops.items() if count}, left_out=left_out,
        )  # fmt: skip


def _set(event: asyncio.Event, wanted: bool) -> None:
    if wanted:
        event.set()
    else:
        event.clear()


async def _wait_for_any(most_s: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, or the time is over."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=most_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
