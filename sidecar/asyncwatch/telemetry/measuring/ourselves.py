"""What the sidecar costs, exports and drops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.catalogue import Metric
from asyncwatch.telemetry.measuring.readings import OutletReading, Readings
from asyncwatch.telemetry.points import Attributes, NumberPoint, Point, label
from asyncwatch.tracing import attributes as keys

NEVER_LEFT: Final = "queue_full"
"""The reason for drops that happened before anything was sent."""


class _Export(NamedTuple):
    """The metrics of one signal; None = the SDKs have none."""

    word: str
    size: Metric | None
    capacity: Metric | None
    processed: Metric | None
    exported: Metric


_EXPORTS: Final = {
    "span": _Export(
        "span", metrics.SPAN_QUEUE_SIZE, metrics.SPAN_QUEUE_CAPACITY, metrics.SPANS_PROCESSED, metrics.SPANS_EXPORTED
    ),
    "event": _Export(
        "log", metrics.LOG_QUEUE_SIZE, metrics.LOG_QUEUE_CAPACITY, metrics.LOGS_PROCESSED, metrics.LOGS_EXPORTED
    ),
    "data point": _Export("metric", None, None, None, metrics.POINTS_EXPORTED),
}
"""By the outlet's unit."""


def own_points(readings: Readings, happenings: Mapping[str, int]) -> list[Point]:
    """Read what the service says of itself."""
    points: list[Point] = [
        NumberPoint(metrics.HAPPENINGS, ((keys.HAPPENING, name),), count) for name, count in sorted(happenings.items())
    ]
    for metric, value in (
        (metrics.OBSERVER_LAG, readings.behind_s), (metrics.CPU_TIME, readings.cpu_s),
        (metrics.MEMORY, readings.rss_bytes),
    ):  # fmt: skip
        if value is not None:
            points.append(NumberPoint(metric, (), value))
    for outlet in readings.outlets:
        export = _EXPORTS.get(outlet.unit)
        points += _outlet_points(outlet) if export is None else _export_points(outlet, export)
    return points


def _outlet_points(outlet: OutletReading) -> Iterable[Point]:
    named = ((keys.OUTLET, label(outlet.name)),)
    yield NumberPoint(metrics.OUTLET_ITEMS, named, outlet.delivered)
    for reason, count in outlet.drops.items():
        yield NumberPoint(metrics.OUTLET_ITEMS, (*named, (keys.ERROR_TYPE, reason)), count)
    yield NumberPoint(metrics.OUTLET_QUEUED, named, outlet.queued)


def _export_points(outlet: OutletReading, export: _Export) -> Iterable[Point]:
    """Write an exporter's counts: what was dropped from a full queue was never processed any further."""
    left = outlet.delivered + sum(count for reason, count in outlet.drops.items() if reason != NEVER_LEFT)
    if export.processed is not None and export.size is not None and export.capacity is not None:
        processor = _component("batching_span_processor" if export.word == "span" else "batching_log_processor")
        yield NumberPoint(export.size, processor, outlet.queued)
        if outlet.capacity is not None:
            yield NumberPoint(export.capacity, processor, outlet.capacity)
        yield NumberPoint(export.processed, processor, left)
        full = outlet.drops.get(NEVER_LEFT, 0)
        if full:
            yield NumberPoint(export.processed, (*processor, (keys.ERROR_TYPE, NEVER_LEFT)), full)
    exporter = _component(f"{outlet.exporter}_{export.word}_exporter")
    yield NumberPoint(export.exported, exporter, outlet.delivered)
    for reason, count in outlet.drops.items():
        if reason != NEVER_LEFT:
            yield NumberPoint(export.exported, (*exporter, (keys.ERROR_TYPE, reason)), count)


def _component(kind: str) -> Attributes:
    return (keys.COMPONENT_TYPE, kind), (keys.COMPONENT_NAME, f"{kind}/0")
