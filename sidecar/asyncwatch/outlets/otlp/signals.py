"""The three kinds of telemetry that OTLP carries, and where each is sent to.

Source: opentelemetry-proto v1.11.0, collector services; OTLP specification 1.11 (paths).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of telemetry. `unit`: what one of its things is called; `method`: gRPC's name of its export call."""

    name: Literal["traces", "logs", "metrics"]
    unit: str
    method: str


def _method(service: str) -> str:
    return f"/opentelemetry.proto.collector.{service}/Export"


TRACES: Final = Signal("traces", "span", _method("trace.v1.TraceService"))
LOGS: Final = Signal("logs", "event", _method("logs.v1.LogsService"))
METRICS: Final = Signal("metrics", "data point", _method("metrics.v1.MetricsService"))
