"""The metric outlet: its bytes mean what the SDK's exporter would have written, and its counts are exact."""

import asyncio
import contextlib
import time

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.sdk.metrics import Exemplar as SdkExemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Metric as SdkMetric
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from asyncwatch import __version__
from asyncwatch.config.otel_metrics import MetricSettings
from asyncwatch.config.settings import OtlpSettings, ResourceSettings
from asyncwatch.model.distribution import Exemplar
from asyncwatch.outlets.otlp.encoding import encode_request, self_resource
from asyncwatch.outlets.otlp.metric_encoding import MetricEncoder
from asyncwatch.outlets.otlp.metrics import MetricOutlet
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.catalogue import CATALOGUE
from asyncwatch.telemetry.happenings import Warned, emit
from asyncwatch.telemetry.points import NumberPoint
from asyncwatch.tracing.attributes import SCHEMA_URL
from engine import BASE_NS
from unit.outlets.receiver import Receiver, Reply
from unit.telemetry.measured import SECRET, lines, measuring_of, observe, points_of

STARTED_NS, NOW_NS = BASE_NS, BASE_NS + 120_000_000_000
RESOURCE = ResourceSettings("asyncwatch", {"deployment.environment.name": "test"}, "instance-1")


@pytest.fixture(scope="module")
def points():
    emit(Warned(what="a happening of the tests"))
    return points_of(measuring_of(observe(lines())[1]))


def encoded(points, before_ns=0, exemplars="trace_based", most_bytes=1 << 30):
    encoder = MetricEncoder(STARTED_NS, NOW_NS, before_ns, exemplars)
    for point in points:
        encoder.add(point)
    resource = self_resource(RESOURCE)
    return [(encode_request((resource, one) for one in part), count) for part, count in encoder.requests(most_bytes)]


def read(request):
    return ExportMetricsServiceRequest.FromString(request)


def metrics_of(request):
    return [one for part in request.resource_metrics for scope in part.scope_metrics for one in scope.metrics]


def by_sdk(points):
    """Give the request that the SDK's encoder makes of the same numbers."""

    def marks(examples, divisor):
        return [
            SdkExemplar(
                {},
                one.value if divisor == 1 else one.value / divisor,
                one.time_ns,
                int(one.span_id, 16),
                int(one.trace_id, 16),
            )
            for one in examples
            if one is not None and one.sampled
        ]

    def data(metric):
        own = [one for one in points if one.metric is metric]
        if metric.kind == "histogram":
            return Histogram(
                [
                    HistogramDataPoint(
                        attributes=dict(one.attributes), start_time_unix_nano=STARTED_NS, time_unix_nano=NOW_NS,
                        count=one.distribution.count, sum=one.distribution.total / one.divisor,
                        bucket_counts=one.distribution.counts,
                        explicit_bounds=[bound / one.divisor for bound in one.distribution.bounds], min=None, max=None,
                        exemplars=[
                            SdkExemplar({}, float(mark.value), mark.time_unix_nano, mark.span_id, mark.trace_id)
                            for mark in marks(one.exemplars, one.divisor)
                        ],
                    )
                    for one in own
                ],
                AggregationTemporality.CUMULATIVE,
            )  # fmt: skip
        found = [
            NumberDataPoint(
                attributes=dict(one.attributes), start_time_unix_nano=0 if metric.kind == "gauge" else STARTED_NS,
                time_unix_nano=NOW_NS, value=one.value, exemplars=marks([one.exemplar], 1),
            )
            for one in own
        ]  # fmt: skip
        if metric.kind == "gauge":
            return Gauge(found)
        return Sum(found, AggregationTemporality.CUMULATIVE, is_monotonic=metric.kind == "counter")

    told = [
        SdkMetric(metric.name, metric.meaning, metric.unit, data(metric))
        for metric in CATALOGUE.values()
        if any(one.metric is metric for one in points)
    ]
    resource = Resource(
        {
            "service.name": "asyncwatch", "service.version": __version__, "service.instance.id": "instance-1",
            "deployment.environment.name": "test",
        },
        SCHEMA_URL,
    )  # fmt: skip
    scope = ScopeMetrics(InstrumentationScope("asyncwatch", __version__, SCHEMA_URL), told, SCHEMA_URL)
    return encode_metrics(MetricsData([ResourceMetrics(resource, [scope], SCHEMA_URL)]))


def test_the_bytes_mean_what_the_sdk_would_have_written(points):
    ((request, count),) = encoded(points)
    own, sdk = read(request), by_sdk(points)
    assert count == len(points)
    assert [one.name for one in metrics_of(own)] == list(CATALOGUE)
    for mine, theirs in zip(metrics_of(own), metrics_of(sdk), strict=True):
        assert mine == theirs
    assert own == sdk


def test_ids_of_exemplars_are_bytes_of_the_context(points):
    ((request, _),) = encoded(points)
    (transit,) = [one for one in metrics_of(read(request)) if one.name == "asyncwatch.transit.duration"]
    marks = [mark for one in transit.histogram.data_points for mark in one.exemplars]
    assert marks
    assert all(len(mark.trace_id) == 16 and len(mark.span_id) == 8 for mark in marks)


def test_an_exemplar_is_sent_in_one_period_only():
    context = b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-01"
    point = NumberPoint(metrics.VIOLATIONS, (), 3, Exemplar(1, context, NOW_NS - 1000))
    for before_ns, count in ((0, 1), (NOW_NS - 1000, 1), (NOW_NS - 999, 0)):
        ((request, _),) = encoded([point], before_ns)
        assert len(metrics_of(read(request))[0].sum.data_points[0].exemplars) == count


def test_large_numbers_of_points_are_divided_over_requests(points):
    whole = sorted(str(one) for one in expanded(encoded(points)))
    for most_bytes in (10_000, 5_000, 600):
        parts = encoded(points, most_bytes=most_bytes)
        assert len(parts) > 2
        assert sum(count for _, count in parts) == len(points)
        assert sorted(str(one) for one in expanded(parts)) == whole
        for request, _ in parts:
            single = sum(len(one.data_points) for metric in metrics_of(read(request)) for one in kinds(metric)) == 1
            assert len(request) <= most_bytes + len(self_resource(RESOURCE)) + 200 or single


def kinds(metric):
    return [getattr(metric, metric.WhichOneof("data"))]


def expanded(parts):
    for request, _ in parts:
        for metric in metrics_of(read(request)):
            for kind in kinds(metric):
                for point in kind.data_points:
                    yield metric.name, metric.unit, str(point)


def outlet_of(receiver, measure, **periodic):
    settings = OtlpSettings(endpoint=receiver.endpoint, timeout_s=2.0)
    return MetricOutlet(
        settings, MetricSettings(**periodic), RESOURCE, measure, lambda: STARTED_NS, back_off=BackOff(0.01, 0.02)
    )


@contextlib.asynccontextmanager
async def running(outlet):
    task = asyncio.create_task(outlet.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition, most_s=5.0):
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.005)


def lawful(outlet):
    told = outlet.statistics()
    return told.offered == told.delivered + told.dropped + told.queued


def counting(values):
    """Measure a counter that grows with every look."""

    def measure():
        values.append(len(values) + 1)
        yield [NumberPoint(metrics.SERVER_BREAKS, (("asyncwatch.server", "s"),), values[-1])]

    return measure


async def test_metrics_are_sent_once_a_period_and_cumulative():
    async with Receiver(signal="metrics") as receiver:
        outlet = outlet_of(receiver, counting([]), interval_s=0.05, timeout_s=1.0)
        async with running(outlet):
            await until(lambda: len(receiver.requests) >= 3)
            assert lawful(outlet)
    values = [metrics_of(one)[0].sum.data_points[0].as_int for one in receiver.requests]
    assert values == list(range(1, len(values) + 1))
    starts = {metrics_of(one)[0].sum.data_points[0].start_time_unix_nano for one in receiver.requests}
    assert starts == {STARTED_NS}
    assert receiver.times[2] - receiver.times[1] < 1.0
    assert outlet.statistics().state == "ok"


async def test_a_drain_sends_the_last_numbers_with_and_without_a_run():
    async with Receiver(signal="metrics") as receiver:
        outlet = outlet_of(receiver, counting([]), interval_s=60.0)
        async with running(outlet):
            assert await outlet.drain(3.0) == 0
            assert len(receiver.requests) == 1
            assert await outlet.drain(3.0) == 0
        assert await outlet.drain(3.0) == 0
    assert len(receiver.requests) == 3
    assert outlet.statistics().delivered == 3


async def test_a_receiver_that_is_busy_gets_the_request_again():
    async with Receiver(Reply(503), Reply(429, {"Retry-After": "0"}), signal="metrics") as receiver:
        outlet = outlet_of(receiver, counting([]), interval_s=3.0, timeout_s=5.0)
        async with running(outlet):
            assert await outlet.drain(3.0) == 0
    assert len(receiver.heads) == 3
    assert outlet.statistics().delivered == 1
    assert outlet.statistics().dropped == 0


async def test_a_dead_receiver_costs_periods_and_no_count_and_is_told():
    values = []
    async with Receiver(signal="metrics") as receiver:
        endpoint_port = receiver.port
    outlet = outlet_of(receiver, counting(values), interval_s=0.05, timeout_s=0.05)
    async with running(outlet):
        await until(lambda: outlet.statistics().dropped >= 2)
        assert outlet.statistics().state == "down"
        assert "127.0.0.1" in outlet.statistics().error
        assert outlet.statistics().reasons == {"timeout": outlet.statistics().dropped}
        assert lawful(outlet)
        back = Receiver(signal="metrics")
        back.port = endpoint_port
        async with back:
            await until(lambda: outlet.statistics().state == "ok")
            assert metrics_of(back.requests[0])[0].sum.data_points[0].as_int > 2
            assert lawful(outlet)


async def test_a_refused_request_is_dropped_and_not_sent_again():
    async with Receiver(Reply(400), signal="metrics") as receiver:
        outlet = outlet_of(receiver, counting([]), interval_s=60.0)
        assert await outlet.drain(3.0) == 0
        assert len(receiver.heads) == 1
    assert outlet.statistics().reasons == {"rejected": 1}
    assert outlet.statistics().state == "down"


async def test_rejected_points_are_counted(points):
    partial = ExportMetricsPartialSuccess(rejected_data_points=3, error_message="too old")
    body = ExportMetricsServiceResponse(partial_success=partial).SerializeToString()
    async with Receiver(Reply(body=body), signal="metrics") as receiver:
        outlet = outlet_of(receiver, lambda: iter([points]), interval_s=60.0)
        assert await outlet.drain(3.0) == 0
    told = outlet.statistics()
    assert (told.delivered, told.dropped, told.unit) == (len(points) - 3, 3, "data point")
    assert "too old" in told.error


async def test_a_hanging_receiver_does_not_hold_a_drain():
    async with Receiver(Reply(hang=True), signal="metrics") as receiver:
        outlet = outlet_of(receiver, counting([]), interval_s=60.0)
        began_s = time.monotonic()
        assert await outlet.drain(0.2) == 1
        assert time.monotonic() - began_s < 1.0
        assert lawful(outlet)
        assert await outlet.drain(3.0) == 0
        assert lawful(outlet)
    assert outlet.statistics().delivered == 1


async def test_nothing_secret_and_no_value_leaves(points):
    async with Receiver(signal="metrics") as receiver:
        outlet = outlet_of(receiver, lambda: iter([points]), interval_s=60.0)
        await outlet.drain(3.0)
    assert SECRET[:10] not in str(receiver.requests)
    assert receiver.heads[0][0].startswith("POST /v1/metrics ")
