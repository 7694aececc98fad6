"""What only the running service knows: handed in, because measuring reaches no outlet, tap or operating system."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class OutletReading(Struct, frozen=True):
    """An outlet's counts. `unit`: span, event, data point, finding, …; `drops` by reason, in words of `error.type`."""

    name: str
    unit: str
    exporter: str
    """What sends: `otlp_http`, `otlp_grpc`, … """
    delivered: int
    queued: int
    capacity: int | None
    drops: Mapping[str, int] = {}


class Readings(Struct, frozen=True):
    """One look at the service; None = not known. Units as named."""

    outlets: tuple[OutletReading, ...] = ()
    behind_messages: Mapping[str, int | None] = field(default_factory=dict)
    """By server."""
    behind_s: float | None = None
    cpu_s: float | None = None
    rss_bytes: int | None = None
