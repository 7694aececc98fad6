"""The OTLP outlet: spans of observed messages, queued and sent by their own road.

Rule 1: `offer` encodes and queues; everything that can wait happens in `run`.
Rule 2: offered = delivered + dropped + queued, where a request on its way still counts as queued.
Rule 3: a request that is cancelled goes back to the queue; sent twice its spans are the same bytes.
Source: facts on telemetry §7; docs/laws/outlet.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, Literal

from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.otlp.encoding import broker_resource, encode_request, service_name
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.outlets.otlp.signals import TRACES
from asyncwatch.outlets.otlp.span_queue import Span, SpanQueue
from asyncwatch.outlets.otlp.transport import IN_FLIGHT, Answer, Transport, open_transport
from asyncwatch.tracing.span import TransitEncoder

MAX_REQUEST_BYTES: Final = 3 * 1024 * 1024
"""Before compression; servers usually stop at 4 MiB."""

_ROUTES: Final = 4096
"""Encoders kept; beyond, all are compiled again when they are next met."""

QUEUE_FULL: Final = "queue_full"
REJECTED: Final = "rejected"
TIMEOUT: Final = "timeout"
"""Reasons for drops, in the words of the semantic conventions' `error.type`."""


class OtlpOutlet:
    """Sends a transit span for every message whose trace is recorded.

    `titles`: the title that a document gives a server, by the server's name.
    """

    def __init__(
        self,
        settings: OtlpSettings,
        tracing: TracingSettings,
        titles: Mapping[str, str | None] | None = None,
        *,
        back_off: BackOff | None = None,
    ) -> None:
        self._settings = settings
        self._tracing = tracing
        self._titles = {} if titles is None else titles
        self._back_off = BackOff() if back_off is None else back_off
        self._client = open_transport(TRACES, settings)
        self._queue = SpanQueue(settings.queue_size)
        self._encoders: dict[Route, tuple[TransitEncoder, bytes]] = {}
        self._offered = self._delivered = self._on_the_way = 0
        self._drops: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._state: Literal["ok", "queueing", "down"] = "ok"
        self._error: str | None = None
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._flush = asyncio.Event()
        self._empty = asyncio.Event()
        self._resume_s = 0.0
        self._running = False

    def offer(self, obs: Observation, /) -> None:
        """Encode and queue the spans of a batch; when the queue is full plain spans are dropped first."""
        route = obs.route
        known = self._encoders.get(route)
        if known is None or known[0].constants.cluster != route.cluster:
            known = self._compile(route)
        encoder, resource = known
        transits = encoder.encode(obs)
        if transits.left_out:
            self._left_out.update(transits.left_out)
        plain, violating = transits.plain, transits.violating
        if not plain and not violating:
            return
        self._offered += len(plain) + len(violating)
        queue = self._queue
        dropped = queue.put_violating(resource, violating) + queue.put_plain(resource, plain)
        if dropped:
            self._drops[QUEUE_FULL] += dropped
        self._some.set()
        if len(queue) >= self._settings.batch_size:
            self._enough.set()

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Take nothing: a finding without a message has no span."""

    def _compile(self, route: Route) -> tuple[TransitEncoder, bytes]:
        if len(self._encoders) >= _ROUTES:
            self._encoders.clear()
        name = service_name(route, self._tracing.service, self._titles.get(route.server))
        known = self._encoders[route] = (TransitEncoder(route, self._tracing), broker_resource(name))
        return known

    async def run(self) -> None:
        """Send until cancelled."""
        self._running = True
        turn = asyncio.Lock()
        try:
            async with self._client as client, asyncio.TaskGroup() as senders:
                for _ in range(IN_FLIGHT):
                    senders.create_task(self._send_all(client, turn))
        finally:
            self._running = False

    async def _send_all(self, client: Transport, turn: asyncio.Lock) -> None:
        while True:
            async with turn:  # one sender waits for a batch, the others have theirs on the way
                await self._wait_for_batch()
                spans, violating = self._queue.take(self._settings.batch_size, MAX_REQUEST_BYTES)
                self._on_the_way += len(spans)
                self._note_length()
            left = len(spans)
            try:
                left -= await self._deliver(client, spans)
            finally:
                self._on_the_way -= len(spans)
                if left:
                    self._queue.put_back(spans, violating)
                self._note_length()

    def _note_length(self) -> None:
        """Bring the events in line with the queue."""
        length = len(self._queue)
        _set(self._some, length > 0)
        _set(self._enough, length >= self._settings.batch_size)
        _set(self._empty, length + self._on_the_way == 0)

    async def _wait_for_batch(self) -> None:
        """Wait for a span, then for a whole batch or the end of the linger time."""
        await self._some.wait()
        if not self._flush.is_set():
            await _wait_for_any(self._settings.linger_s, self._enough, self._flush)

    async def _deliver(self, client: Transport, spans: Sequence[Span]) -> int:
        """Send a request until it is taken, refused, or too old; give how many spans are settled: all of them."""
        request = encode_request(spans)
        clock = asyncio.get_running_loop().time
        give_up_s = clock() + self._settings.retry_age_s
        failures = 0
        while True:
            await asyncio.sleep(max(self._resume_s - clock(), 0.0))
            answer = await client.send(request)
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
                await asyncio.sleep(max(give_up_s - clock(), 0.0))
                self._drops[TIMEOUT] += len(spans)
                return len(spans)
            if answer.after_s is None:
                await self._pause(pause_s)
        rejected = len(spans) if answer.kind == "refused" else min(answer.rejected, len(spans))
        self._delivered += len(spans) - rejected
        self._drops[REJECTED] += rejected
        self._state = "down" if answer.kind == "refused" else "ok"
        self._error = answer.said
        return len(spans)

    def _note_failure(self, answer: Answer) -> None:
        self._state = "queueing" if answer.reached else "down"
        self._error = answer.said

    async def _pause(self, pause_s: float) -> None:
        """Wait, but let the beginning of a drain cut a long pause short."""
        if self._flush.is_set():
            await asyncio.sleep(pause_s)
        else:
            await _wait_for_any(pause_s, self._flush)

    async def drain(self, deadline_s: float) -> int:
        """Send what is queued without lingering, for at most `deadline_s`; give how many spans are left behind."""
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

    @property
    def drops(self) -> Mapping[str, int]:
        """Dropped spans by reason: queue_full, rejected, timeout."""
        return {reason: count for reason, count in self._drops.items() if count}

    @property
    def left_out(self) -> Mapping[str, int]:
        """Messages that got no span, and so were never offered, by reason: too_old, violation_cap."""
        return dict(self._left_out)

    def statistics(self) -> OutletStatistics:
        return OutletStatistics(
            name="otlp", unit="span", state=self._state, offered=self._offered, delivered=self._delivered,
            dropped=self._drops.total(), queued=self._queued, capacity=self._settings.queue_size, error=self._error,
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
