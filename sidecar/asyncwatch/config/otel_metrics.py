"""How metrics are read and sent, from the standard variables.

Source: OpenTelemetry specification 1.60, periodic exporting reader, exemplars and Prometheus exporter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from asyncwatch.config.otel_reading import OtelReading

ExemplarFilter: TypeAlias = Literal["trace_based", "always_on", "always_off"]

_FILTERS: Final[dict[str, ExemplarFilter]] = {
    "trace_based": "trace_based", "always_on": "always_on", "always_off": "always_off",
}  # fmt: skip
_INTERVAL_MS: Final = 60_000
_TIMEOUT_MS: Final = 30_000
_HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class MetricSettings:
    """When metrics are sent, and which messages stand beside them.

    `exemplars`: messages whose trace is recorded, any that carry a context, or none. `host` and `port`: where the
    standard variables move the health listener to, None = nowhere.
    """

    interval_s: float = _INTERVAL_MS / 1000
    timeout_s: float = _TIMEOUT_MS / 1000
    exemplars: ExemplarFilter = "trace_based"
    host: str | None = None
    port: int | None = None


def read_metrics(reading: OtelReading) -> MetricSettings:
    """Read the variables; bad ones are warnings."""
    name = "OTEL_METRICS_EXEMPLAR_FILTER"
    word = (reading.get(name) or "trace_based").lower()
    if word not in _FILTERS:
        reading.warn(name, "is none of trace_based, always_on, always_off, it is ignored")
    return MetricSettings(
        interval_s=reading.whole("OTEL_METRIC_EXPORT_INTERVAL", _INTERVAL_MS) / 1000,
        timeout_s=reading.whole("OTEL_METRIC_EXPORT_TIMEOUT", _TIMEOUT_MS) / 1000,
        exemplars=_FILTERS.get(word, "trace_based"),
        host=reading.get("OTEL_EXPORTER_PROMETHEUS_HOST"),
        port=_port(reading),
    )


def _port(reading: OtelReading) -> int | None:
    name = "OTEL_EXPORTER_PROMETHEUS_PORT"
    found = reading.maybe_whole(name)
    if found is not None and found > _HIGHEST_PORT:
        reading.warn(name, "is no port, it is ignored")
        return None
    return found
