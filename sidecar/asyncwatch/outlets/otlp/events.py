"""The event outlet: a log record with an event name for every finding that is news.

Rule 1: `offer` encodes and queues; everything that can wait happens in `run`.
Rule 2: it stands behind the span outlet, so that an event names the span of its message.
Source: facts on telemetry §6 and §7; docs/laws/outlet.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from asyncwatch.config.settings import OtlpSettings, ResourceSettings
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.outlets.base import Documented, OutletStatistics
from asyncwatch.outlets.otlp.encoding import self_resource
from asyncwatch.outlets.otlp.event_noise import EventNoise
from asyncwatch.outlets.otlp.lane import Lane
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.outlets.otlp.signals import LOGS
from asyncwatch.tracing.limits import LOG_RECORD, AttributeLimits
from asyncwatch.tracing.log_record import EventEncoder

_ROUTES: Final = 4096
"""Encoders kept; beyond, all are compiled again when they are next met."""

_TELL_S: Final = 1.0
_LOUD: Final = frozenset({"error", "warning"})


class EventOutlet:
    """Sends events. `routes`: the documented ones, for findings that belong to no message; `per_second`: events of one
    rule and channel, None = all; `messages`: whether findings of messages are sent, or only those of streams and groups.

    Raises: Misconfigured (the settings' address, headers or certificates cannot be used).
    """

    def __init__(
        self,
        settings: OtlpSettings,
        resource: ResourceSettings,
        routes: Iterable[Route] = (),
        *,
        per_second: int | None = None,
        messages: bool = True,
        back_off: BackOff | None = None,
    ) -> None:
        self._messages = messages
        self._lane = Lane(LOGS, settings, back_off)
        self._limits = AttributeLimits.of(settings.limits, LOG_RECORD)
        self._resource = self_resource(resource)
        self._noise = EventNoise(per_second)
        self._encoders: dict[Route, EventEncoder] = {}
        self._routes = {(route.server, route.address): route for route in routes}
        self._strange = EventEncoder(None)

    def follow(self, documented: Documented, /) -> None:
        """Go on with the routes of documents that were read again."""
        self._routes = {(route.server, route.address): route for route in documented.routes}
        self._encoders.clear()

    def offer(self, obs: Observation, /) -> None:
        """Encode and queue the events of a batch; when the queue is full those of severity info are dropped first."""
        if not obs.faults or not self._messages:
            return
        batch, route, message, noise = obs.batch, obs.route, obs.message, self._noise
        encoder = self._encoder(route)
        addresses, observed_ns, candidates = batch.addresses, batch.observed_ns, route.candidates
        plain: list[bytes] = []
        violating: list[bytes] = []
        for row, fault in obs.faults:
            chosen = message[row]
            channel = candidates[chosen].channel if chosen >= 0 else route.channel
            address = route.address if route.documented or addresses is None else addresses[row]
            if noise.is_full:
                self._tell_held_back(forget=True)
            if noise.admits(route.server, channel, address, fault.rule, fault.severity, observed_ns[row]):
                record = encoder.of_fault(obs, row, fault)
                (violating if fault.severity in _LOUD else plain).append(record)
        self._put(plain, violating)

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Encode and queue findings that belong to no message."""
        plain: list[bytes] = []
        violating: list[bytes] = []
        for finding in findings:
            where = (finding.server, finding.channel, finding.address)
            if self._noise.is_full:
                self._tell_held_back(forget=True)
            if self._noise.admits(*where, finding.rule, finding.severity, finding.time_ns):
                record = self._encoder_of(finding.server, finding.address).of_finding(finding)
                (violating if finding.severity in _LOUD else plain).append(record)
        self._put(plain, violating)

    def _encoder(self, route: Route) -> EventEncoder:
        known = self._encoders.get(route)
        if known is None or known.cluster != route.cluster:
            if len(self._encoders) >= _ROUTES:
                self._encoders.clear()
            known = self._encoders[route] = EventEncoder(route)
        return known

    def _encoder_of(self, server: str, address: str | None) -> EventEncoder:
        route = self._routes.get((server, address or ""))
        return self._strange if route is None else self._encoder(route)

    def _put(self, plain: Sequence[bytes], violating: Sequence[bytes]) -> None:
        if not plain and not violating:
            return
        if self._limits is not None:
            plain, violating = self._limits.apply(plain), self._limits.apply(violating)
        self._lane.put(self._resource, plain, violating)

    def _tell_held_back(self, *, forget: bool = False) -> None:
        """Queue an event for every cause that the cap held back."""
        told = [
            self._encoder_of(cause.server, cause.address).of_held_back(
                cause.rule, cause.severity, cause.channel, cause.address, count, last_ns
            )
            for cause, count, last_ns in self._noise.tell(forget=forget)
        ]
        self._put((), told)

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lane.run())
            tasks.create_task(self._keep_telling())

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_TELL_S)
            self._tell_held_back()

    async def drain(self, deadline_s: float) -> int:
        """Send what is queued, for at most `deadline_s`; give how many events are left behind."""
        self._tell_held_back()
        return await self._lane.drain(deadline_s)

    @property
    def left_out(self) -> Mapping[str, int]:
        """Findings that got no event of their own, and so were never offered, by reason: already_said, sampled_out, capped."""
        return dict(self._noise.left_out)

    def statistics(self) -> OutletStatistics:
        return self._lane.statistics("otlp logs", self.left_out)
