"""What a running service hands to the metrics: outlets, taps, and what the operating system counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.config.settings import ExportSettings, LagSettings, OtlpSettings
from asyncwatch.model.report import LagRow
from asyncwatch.model.view import LagView
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.pipeline.cost import cpu_seconds, rss_bytes
from asyncwatch.pipeline.service import Service
from asyncwatch.telemetry.measuring.readings import OutletReading, Readings
from asyncwatch.telemetry.measuring.walk import Measuring

_EXPORTERS: Final = {
    "http/protobuf": "otlp_http", "http/json": "otlp_http_json", "grpc": "otlp_grpc", "console": "console",
}  # fmt: skip
_NO_REASON: Final = "_OTHER"


def metering(service: Service, export: ExportSettings, lag: LagSettings) -> Measuring:
    """Read a service's numbers; `export` says how its telemetry travels, `lag` how finely groups are told."""
    exporters = {
        "span": _exporter(export.traces), "event": _exporter(export.logs), "data point": _exporter(export.metrics),
    }  # fmt: skip

    def readings() -> Readings:
        return Readings(
            outlets=tuple(_outlet(one, exporters) for one in service.outlet_statistics()),
            behind_messages={
                runner.record.server: runner.statistics().behind_messages for runner in service.runners
            },
            behind_s=service.behind_s(), cpu_s=cpu_seconds(), rss_bytes=rss_bytes(),
        )  # fmt: skip

    by_partition = lag.granularity == "partition"
    return Measuring(service.ledger, readings, lambda: _lag(service), by_partition=by_partition, past=service.past)


def _exporter(settings: OtlpSettings | None) -> str:
    return _EXPORTERS["http/protobuf" if settings is None else settings.protocol]


def _outlet(one: OutletStatistics, exporters: dict[str, str]) -> OutletReading:
    drops = one.reasons or ({_NO_REASON: one.dropped} if one.dropped else {})
    return OutletReading(
        name=one.name, unit=one.unit, exporter=exporters.get(one.unit, ""), delivered=one.delivered, queued=one.queued,
        capacity=one.capacity, drops=dict(drops),
    )  # fmt: skip


def _lag(service: Service) -> tuple[Sequence[LagRow], Sequence[LagView]] | None:
    rows = service.ledger.lag.rows()
    return None if rows is None else (rows, service.ledger.lag.views() or ())
