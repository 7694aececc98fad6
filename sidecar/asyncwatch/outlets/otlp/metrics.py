"""The metric outlet: everything the run counts, sent once a period.

Rule 1: points are read and written in pieces between the batches; nothing happens per message.
Rule 2: counts are cumulative: a request that could not be sent is given up for the next one, which says more.
Rule 3: offered = delivered + dropped + queued, in data points; what a cancelled request held is queued until it is
sent, or replaced by newer values of the same series.
Source: facts on telemetry §5 and §7; docs/laws/outlet.md.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final, Literal

from asyncwatch.config.otel_metrics import MetricSettings
from asyncwatch.config.settings import OtlpSettings, ResourceSettings
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.otlp.answer import Answer
from asyncwatch.outlets.otlp.encoding import encode_request, self_resource
from asyncwatch.outlets.otlp.lane import MAX_REQUEST_BYTES, REJECTED, TIMEOUT
from asyncwatch.outlets.otlp.metric_encoding import MetricEncoder
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.outlets.otlp.signals import METRICS
from asyncwatch.outlets.otlp.transport import Transport, open_transport
from asyncwatch.telemetry.measuring.walk import Measure

_HOLD_S: Final = 0.005
"""How long the event loop is held at once."""


class MetricOutlet:
    """Sends metrics. `started_ns` gives since when counts are cumulative.

    Raises: Misconfigured (the settings' address, headers or certificates cannot be used).
    """

    def __init__(
        self,
        settings: OtlpSettings,
        periodic: MetricSettings,
        resource: ResourceSettings,
        measure: Measure,
        started_ns: Callable[[], int],
        *,
        back_off: BackOff | None = None,
    ) -> None:
        self._transport = open_transport(METRICS, settings)
        self._periodic = periodic
        self._resource = self_resource(resource)
        self._measure = measure
        self._started_ns = started_ns
        self._back_off = BackOff() if back_off is None else back_off
        self._requests: deque[tuple[bytes, int]] = deque()
        """Requests that are not settled, each with its data points."""
        self._sent_ns = 0
        self._delivered = 0
        self._drops: Counter[str] = Counter()
        self._state: Literal["ok", "queueing", "down"] = "ok"
        self._error: str | None = None
        self._flush = asyncio.Event()
        self._flushed = asyncio.Event()
        self._running = False

    def offer(self, obs: Observation, /) -> None:
        """Take nothing: what is sent is read from the counts."""

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Take nothing: findings are counted in their groups."""

    async def run(self) -> None:
        """Send once a period until cancelled."""
        clock = asyncio.get_running_loop().time
        self._running = True
        try:
            async with self._transport as transport:
                due_s = clock() + self._periodic.interval_s
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(due_s):
                            await self._flush.wait()
                    due_s = max(due_s, clock()) + self._periodic.interval_s
                    flushes = self._flush.is_set()
                    await self._collect()
                    await self._send(transport, min(clock() + self._periodic.timeout_s, due_s))
                    if flushes:
                        self._flush.clear()
                        self._flushed.set()
        finally:
            self._running = False

    async def _collect(self) -> None:
        """Read all points and write the requests; they replace those that are left from before."""
        clock = asyncio.get_running_loop().time
        now_ns = time.time_ns()
        encoder = MetricEncoder(self._started_ns(), now_ns, self._sent_ns, self._periodic.exemplars)
        until_s = clock() + _HOLD_S
        for points in self._measure():
            for point in chain(points, (None,)):  # a piece without points has taken its time too
                if point is not None:
                    encoder.add(point)
                if clock() >= until_s:
                    await asyncio.sleep(0)
                    until_s = clock() + _HOLD_S
        requests: deque[tuple[bytes, int]] = deque()
        for metrics, count in encoder.requests(MAX_REQUEST_BYTES - len(self._resource)):
            requests.append((encode_request((self._resource, metric) for metric in metrics), count))
            await asyncio.sleep(0)
        self._requests = requests
        self._sent_ns = now_ns

    async def _send(self, transport: Transport, give_up_s: float) -> None:
        """Send the requests one after the other until a moment; those that are left then are dropped and counted."""
        clock = asyncio.get_running_loop().time
        failures = 0
        while self._requests:
            request, count = self._requests[0]
            answer = await self._ask(transport, request, give_up_s)
            if answer.kind != "again":
                failures = 0
                self._settle(answer, count)
                continue
            failures += 1
            self._state = "queueing" if answer.reached else "down"
            self._error = answer.said
            pause_s = self._back_off.pause_s(failures) if answer.after_s is None else answer.after_s
            if clock() + pause_s >= give_up_s:
                self._drops[TIMEOUT] += self._queued
                self._requests.clear()
                return
            if await self._is_flushed_in(pause_s):
                return  # what is left is written anew

    async def _is_flushed_in(self, pause_s: float) -> bool:
        """Wait; the beginning of a drain cuts that short."""
        if self._flush.is_set():
            await asyncio.sleep(pause_s)
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._flush.wait()
        return self._flush.is_set()

    async def _ask(self, transport: Transport, request: bytes, give_up_s: float) -> Answer:
        try:
            async with asyncio.timeout_at(give_up_s):
                return await transport.send(request)
        except TimeoutError:
            return Answer("again", said=f"{transport.address}: no answer in time", reached=False)

    def _settle(self, answer: Answer, count: int) -> None:
        self._requests.popleft()
        rejected = count if answer.kind == "refused" else min(answer.rejected, count)
        self._delivered += count - rejected
        if rejected:
            self._drops[REJECTED] += rejected
        self._state = "down" if answer.kind == "refused" else "ok"
        self._error = answer.said

    async def drain(self, deadline_s: float) -> int:
        """Send everything as it is now, for at most `deadline_s`; give how many data points are left behind."""
        await asyncio.sleep(0)  # a run that was made just now begins
        self._flushed.clear()
        self._flush.set()
        own = None if self._running else asyncio.create_task(self.run())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(deadline_s):
                    await self._flushed.wait()
        finally:
            self._flush.clear()
            if own is not None:
                own.cancel()
                with suppress(asyncio.CancelledError):
                    await own
        return self._queued

    @property
    def _queued(self) -> int:
        return sum(count for _, count in self._requests)

    def statistics(self) -> OutletStatistics:
        dropped, queued = self._drops.total(), self._queued
        return OutletStatistics(
            name="otlp metrics", unit=METRICS.unit, state=self._state, offered=self._delivered + dropped + queued,
            delivered=self._delivered, dropped=dropped, queued=queued, capacity=None, error=self._error,
            reasons=dict(self._drops),
        )  # fmt: skip
