"""The contract of an outlet: offered things are delivered, dropped and counted, or left behind and counted.

Laws: docs/laws/outlet.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route


@dataclass(slots=True)
class OutletStatistics:
    """offered = delivered + dropped + queued, at any moment; counted in `unit`s."""

    name: str
    unit: str
    state: Literal["ok", "queueing", "down"]
    offered: int
    delivered: int
    dropped: int
    queued: int
    capacity: int | None
    error: str | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Dropped by reason; empty where an outlet knows one only. An OTLP outlet: queue_full, rejected, timeout, too_large."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What was never offered because it is not wanted there, by reason: too_old, violation_cap, capped, sampled_out, already_said."""
    suppressed: int = 0
    """Of the offered: told by their number only, because too many of one cause came at once."""
    full: bool | None = None
    """Whether who can wait should do so before offering more, because it might not fit; None = never worth it."""


class Outlet(Protocol):
    """A place where observations go."""

    def offer(self, obs: Observation, /) -> None:
        """Take what is wanted of a batch; never blocks, keeps derived bytes and never the Batch."""

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Take findings that belong to no message: lost by time, lag, time-outs."""

    async def run(self) -> None:
        """Deliver until cancelled."""

    async def drain(self, deadline_s: float) -> int:
        """Deliver what is queued, for at most `deadline_s`; give how much was left behind."""

    def statistics(self) -> OutletStatistics:
        """Give the counts so far."""


@dataclass(frozen=True, slots=True)
class Documented:
    """What outlets keep of documents and configuration. `titles`: of servers that have one, by the server's name."""

    routes: Sequence[Route]
    titles: Mapping[str, str | None]
    tracing: TracingSettings


@runtime_checkable
class Following(Protocol):
    """An outlet that prepares something for each route, and so is told when a reload changes them."""

    def follow(self, documented: Documented, /) -> None:
        """Go on with these; what is queued stays as it is."""
