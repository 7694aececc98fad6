"""The span outlet: a transit span for every message whose trace is recorded.

Rule 1: `offer` encodes and queues; everything that can wait happens in `run`.
Source: facts on telemetry §4 and §7; docs/laws/outlet.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.outlets.base import Documented, OutletStatistics
from asyncwatch.outlets.otlp.encoding import broker_resource, service_name
from asyncwatch.outlets.otlp.lane import Lane
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.outlets.otlp.signals import TRACES
from asyncwatch.tracing.limits import SPAN, AttributeLimits
from asyncwatch.tracing.span import TransitEncoder

_ROUTES: Final = 4096
"""Encoders kept; beyond, all are compiled again when they are next met."""


class SpanOutlet:
    """Sends spans. `titles`: the title that a document gives a server, by the server's name; `events`: whether a span
    also carries the violations of its message.

    Raises: Misconfigured (the settings' address, headers or certificates cannot be used).
    """

    def __init__(
        self,
        settings: OtlpSettings,
        tracing: TracingSettings,
        titles: Mapping[str, str | None] | None = None,
        *,
        events: bool = True,
        back_off: BackOff | None = None,
        hash_text: Callable[[bytes], str] | None = None,
    ) -> None:
        self._tracing = tracing
        self._hash_text = hash_text
        self._titles = {} if titles is None else titles
        self._events = events
        self._lane = Lane(TRACES, settings, back_off)
        self._limits = AttributeLimits.of(settings.limits, SPAN)
        self._encoders: dict[Route, tuple[TransitEncoder, bytes]] = {}
        self._left_out: Counter[str] = Counter()

    def follow(self, documented: Documented, /) -> None:
        """Go on with the routes, titles and settings of documents and configuration that were read again."""
        self._titles, self._tracing = documented.titles, documented.tracing
        self._encoders.clear()

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
        if transits.own:
            obs.spans = transits.own
        plain, violating = transits.plain, transits.violating
        if not plain and not violating:
            return
        if self._limits is not None:
            plain, violating = self._limits.apply(plain), self._limits.apply(violating)
        self._lane.put(resource, plain, violating)

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Take nothing: a finding without a message has no span."""

    def _compile(self, route: Route) -> tuple[TransitEncoder, bytes]:
        if len(self._encoders) >= _ROUTES:
            self._encoders.clear()
        name = service_name(route, self._tracing.service, self._titles.get(route.server))
        encoder = TransitEncoder(route, self._tracing, events=self._events, hash_text=self._hash_text)
        known = self._encoders[route] = (encoder, broker_resource(name))
        return known

    async def run(self) -> None:
        """Send until cancelled."""
        await self._lane.run()

    async def drain(self, deadline_s: float) -> int:
        """Send what is queued, for at most `deadline_s`; give how many spans are left behind."""
        return await self._lane.drain(deadline_s)

    @property
    def left_out(self) -> Mapping[str, int]:
        """Messages that got no span, and so were never offered, by reason: too_old, violation_cap."""
        return dict(self._left_out)

    def statistics(self) -> OutletStatistics:
        return self._lane.statistics("otlp", self.left_out)
