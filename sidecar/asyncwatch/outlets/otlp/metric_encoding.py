"""Points as OTLP metrics: protobuf bytes of Metric messages, within the size of a request.

Rule 1: sums and histograms are cumulative since the start, so that a request that gets lost loses no count.
Source: opentelemetry-proto v1.11.0, metrics.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import Final

from asyncwatch.config.otel_metrics import ExemplarFilter
from asyncwatch.model.distribution import Exemplar
from asyncwatch.telemetry.catalogue import CATALOGUE, Metric
from asyncwatch.telemetry.points import Attributes, HistogramPoint, NumberPoint, Point
from asyncwatch.tracing.protobuf import attribute, clip, field, text_value, varint

_FIXED64: Final = struct.Struct("<Q").pack
_SFIXED64: Final = struct.Struct("<q").pack
_DOUBLE: Final = struct.Struct("<d").pack
_CUMULATIVE: Final = b"\x10\x02"  # Sum, Histogram: aggregation_temporality
_MONOTONIC: Final = b"\x18\x01"  # Sum.is_monotonic

# Field numbers of NumberDataPoint.attributes and HistogramDataPoint.attributes
_NUMBER_ATTRIBUTES: Final = 7
_HISTOGRAM_ATTRIBUTES: Final = 9
# Field numbers of their exemplars
_NUMBER_EXEMPLARS: Final = 5
_HISTOGRAM_EXEMPLARS: Final = 8

_PER_METRIC_BYTES: Final = 400
"""What a metric costs in a request beside its points: name, meaning, unit, lengths."""


class MetricEncoder:
    """Collects the data points of each metric at one moment.

    Units: `started_ns`, `now_ns`, `before_ns` since the epoch; exemplars from before `before_ns` were sent already.
    """

    def __init__(self, started_ns: int, now_ns: int, before_ns: int, exemplars: ExemplarFilter) -> None:
        now = b"\x19" + _FIXED64(now_ns)  # time_unix_nano
        self._since = b"\x11" + _FIXED64(started_ns) + now  # start_time_unix_nano
        self._now = now
        self._before_ns = before_ns
        self._exemplars = exemplars
        self._points: dict[str, list[bytes]] = {name: [] for name in CATALOGUE}

    def add(self, point: Point) -> None:
        """Write one data point."""
        encoded = self._number(point) if isinstance(point, NumberPoint) else self._histogram(point)
        self._points[point.metric.name].append(field(1, encoded))

    def _number(self, point: NumberPoint) -> bytes:
        value = point.value
        written = (
            b"\x31" + _SFIXED64(value) if isinstance(value, int) else b"\x21" + _DOUBLE(value)
        )  # as_int, as_double
        times = self._now if point.metric.kind == "gauge" else self._since
        example = point.exemplar
        marks = b""
        if example is not None and self._is_wanted(example):
            marks = field(_NUMBER_EXEMPLARS, _exemplar(example, b"\x31" + _SFIXED64(1)))
        return times + written + marks + _attributes(_NUMBER_ATTRIBUTES, point.attributes)

    def _histogram(self, point: HistogramPoint) -> bytes:
        found, divisor = point.distribution, point.divisor
        count = b"\x21" + _FIXED64(found.count)
        total = b"\x29" + _DOUBLE(found.total / divisor)
        buckets = field(6, b"".join(map(_FIXED64, found.counts)))
        marks = b"".join(
            field(_HISTOGRAM_EXEMPLARS, _exemplar(one, b"\x19" + _DOUBLE(one.value / divisor)))
            for one in point.exemplars
            if one is not None and self._is_wanted(one)
        )
        bounds = _bounds(found.bounds, divisor)
        return (
            self._since
            + count
            + total
            + buckets
            + bounds
            + marks
            + _attributes(_HISTOGRAM_ATTRIBUTES, point.attributes)
        )

    def _is_wanted(self, example: Exemplar) -> bool:
        if self._exemplars == "always_off" or example.time_ns < self._before_ns:
            return False
        return self._exemplars == "always_on" or example.sampled

    def requests(self, most_bytes: int) -> Iterator[tuple[list[bytes], int]]:
        """Give the metrics of each request, as fields 2 of ScopeMetrics, and how many data points they hold."""
        metrics: list[bytes] = []
        size_bytes = points = 0
        for name, own in self._points.items():
            at = 0
            while at < len(own):
                end, room = at, most_bytes - size_bytes - _PER_METRIC_BYTES
                while end < len(own) and (room := room - len(own[end])) >= 0:
                    end += 1
                if end == at and not metrics:
                    end += 1  # one point is never larger than a request
                if end > at:
                    metrics.append(field(2, _metric(CATALOGUE[name], b"".join(own[at:end]))))
                    size_bytes += len(metrics[-1])
                    points += end - at
                    at = end
                if at < len(own):
                    yield metrics, points
                    metrics, size_bytes, points = [], 0, 0
        if metrics:
            yield metrics, points


def _metric(metric: Metric, points: bytes) -> bytes:
    head = field(1, clip(metric.name)) + field(2, clip(metric.meaning)) + field(3, clip(metric.unit))
    if metric.kind == "gauge":
        return head + field(5, points)
    if metric.kind == "histogram":
        return head + field(9, points + _CUMULATIVE)
    return head + field(7, points + _CUMULATIVE + (_MONOTONIC if metric.kind == "counter" else b""))


def _exemplar(example: Exemplar, value: bytes) -> bytes:
    ids = field(4, bytes.fromhex(example.span_id)) + field(5, bytes.fromhex(example.trace_id))
    return b"\x11" + _FIXED64(example.time_ns) + value + ids


def _attributes(number: int, attributes: Attributes) -> bytes:
    return b"".join([attribute(number, key, text_value(value)) for key, value in attributes])


@cache
def _bounds(bounds: tuple[int, ...], divisor: int) -> bytes:
    return varint(7 << 3 | 2) + varint(8 * len(bounds)) + b"".join(_DOUBLE(bound / divisor) for bound in bounds)
