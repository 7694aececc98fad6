"""OTLP's JSON form of our requests against protobuf's own, and the exporter that writes it to standard output."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.outlets.otlp import SpanOutlet
from asyncwatch.outlets.otlp.encoding import broker_resource, encode_request
from asyncwatch.outlets.otlp.json_form import json_form
from asyncwatch.outlets.otlp.partial_success import PartialSuccess, decode_json_partial_success
from asyncwatch.outlets.otlp.signals import LOGS, METRICS, TRACES
from asyncwatch.tracing.log_record import EventEncoder
from unit.outlets.receiver import Receiver, Reply
from unit.tracing.build import BREAKS_SCHEMA, SAMPLED, make_batch, make_route, observe
from unit.tracing.read import encode

IDS = {"traceId", "spanId", "parentSpanId"}
ORIGIN = b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01"


def violating():
    headers = [("traceparent", SAMPLED), ("tracestate", b"a=b"), ("ce_traceparent", ORIGIN)]
    obs = observe(make_batch([headers, [("traceparent", SAMPLED)]]), make_route(spec_id="ü\U0001f600"))
    obs.faults = [(0, BREAKS_SCHEMA)] * 9
    return obs


def spans_request() -> bytes:
    transits = encode(violating())
    return encode_request((broker_resource("bus"), one) for one in transits.violating + transits.plain)


def as_otlp(value):
    """Protobuf's JSON form with OTLP's one difference: ids are hex digits."""
    if isinstance(value, list):
        return [as_otlp(one) for one in value]
    if isinstance(value, dict):
        return {
            name: base64.b64decode(one).hex() if name in IDS else as_otlp(one) for name, one in value.items()
        }  # fmt: skip
    return value


def wanted(kind, request: bytes):
    return as_otlp(MessageToDict(kind.FromString(request), use_integers_for_enums=True))


def test_spans():
    request = spans_request()
    assert json.loads(json_form(TRACES, request)) == wanted(ExportTraceServiceRequest, request)


def test_log_records():
    obs = violating()
    record = EventEncoder(obs.route).of_fault(obs, 0, BREAKS_SCHEMA)
    request = encode_request([(broker_resource("bus"), record)])
    assert json.loads(json_form(LOGS, request)) == wanted(ExportLogsServiceRequest, request)


def test_metrics():
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("m")
    meter.create_counter("c", "{message}", "counts").add(3, {"a": "b", "n": 7, "f": 0.5, "yes": True, "many": ["x"]})
    meter.create_gauge("g", "s").set(-1.5)
    meter.create_up_down_counter("u").add(-2)
    for value in (0.001, 0.3, 70.0):
        meter.create_histogram("h", "s").record(value)
    request = encode_metrics(reader.get_metrics_data()).SerializeToString()
    assert json.loads(json_form(METRICS, request)) == wanted(ExportMetricsServiceRequest, request)


async def test_a_receiver_gets_json_where_that_is_asked_for():
    answer = Reply(body=b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"one too many"}}')
    # The receiver keeps what it does not know as it is: it reads protobuf only.
    async with Receiver(Reply(503), answer, signal="json") as receiver:
        endpoint = receiver.endpoint
        outlet = SpanOutlet(OtlpSettings(receiver.endpoint, protocol="http/json"), TracingSettings())
        outlet.offer(violating())
        assert await outlet.drain(8) == 0
        counts = outlet.statistics()
        assert (counts.delivered, counts.dropped, counts.reasons) == (1, 1, {"rejected": 1})
        assert counts.error == f"{endpoint}: 1 spans rejected: one too many"
        assert receiver.heads[0][1]["content-type"] == "application/json"
        body = json.loads(gzip.decompress(receiver.bodies[0]))
        spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert {span["traceId"] for span in spans} == {SAMPLED[3:35].decode()}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", PartialSuccess()), (b"{}", PartialSuccess()), (b"[]", PartialSuccess()), (b"\xff", PartialSuccess()),
        (b'{"partialSuccess":{}}', PartialSuccess()), (b'{"partialSuccess":7}', PartialSuccess()),
        (b'{"partialSuccess":{"rejectedLogRecords":3}}', PartialSuccess(3)),
        (b'{"partialSuccess":{"rejectedDataPoints":"-3","errorMessage":5}}', PartialSuccess()),
        (b'{"partialSuccess":{"rejectedSpans":"12","errorMessage":"x"}}', PartialSuccess(12, "x")),
    ],
)  # fmt: skip
def test_a_partial_success_in_json(body, found):
    assert decode_json_partial_success(body) == found


SCRIPT = """
import asyncio, sys
from asyncwatch.config.settings import OtlpSettings
from asyncwatch.outlets.otlp.signals import TRACES
from asyncwatch.outlets.otlp.transport import open_transport

async def go():
    transport = open_transport(TRACES, OtlpSettings("standard output", protocol="console", timeout_s=0.3))
    request = open(sys.argv[1], "rb").read()
    async with transport:
        for _ in range(int(sys.argv[2])):
            answer = await transport.send(request)
    print(answer.kind, answer.said, file=sys.stderr)

asyncio.run(go())
"""


def run_console(tmp_path, times: int, **options):
    (tmp_path / "request").write_bytes(spans_request())
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "request"), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.mark.slow
def test_console_writes_a_line_a_request(tmp_path):
    with run_console(tmp_path, 40) as process:
        out, err = process.communicate(timeout=20)
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines == [wanted(ExportTraceServiceRequest, spans_request())] * 40
    assert err.decode().startswith("accepted")


@pytest.mark.slow
def test_a_console_that_nobody_reads_stops_nothing(tmp_path):
    with run_console(tmp_path, 20) as process:
        assert process.wait(timeout=30) == 0
        assert process.stderr.read().decode().strip() == "again standard output: nobody reads it"
        whole, _, rest = process.stdout.read().rpartition(b"\n")
        for line in whole.splitlines():
            json.loads(line)
        assert len(whole) + len(rest) <= 65_536
