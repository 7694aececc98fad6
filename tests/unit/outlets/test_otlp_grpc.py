"""The OTLP outlets over gRPC, against a receiver on a real port."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, suppress

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from asyncwatch import __version__
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp import EventOutlet, SpanOutlet
from asyncwatch.outlets.otlp.grpc_transport import parse_retry_info
from asyncwatch.outlets.otlp.retry import BackOff
from servers.certificates import make_authority, make_certificate
from unit.outlets.grpc_receiver import GrpcReceiver, GrpcReply
from unit.tracing.build import BREAKS_SCHEMA, make_batch, make_route, observe, sampled_headers

AGAIN = ("CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS")
NEVER = (
    "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED", "UNIMPLEMENTED", "INTERNAL", "UNKNOWN",
    "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED",
)  # fmt: skip


def make_outlet(endpoint: str, **settings) -> SpanOutlet:
    given = OtlpSettings(endpoint, **{"linger_s": 0.01, "protocol": "grpc", **settings})
    return SpanOutlet(given, TracingSettings(), back_off=BackOff(0.01, 0.05))


def messages(n: int = 3):
    obs = observe(make_batch(sampled_headers(n)), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    return obs


def counts_of(outlet) -> tuple[int, int, int, int]:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    assert sum(counts.reasons.values()) == counts.dropped
    return counts.offered, counts.delivered, counts.dropped, counts.queued


@asynccontextmanager
async def running(outlet):
    task = asyncio.create_task(outlet.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition, most_s: float = 10.0) -> None:
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("compression", ["gzip", "none"])
async def test_spans_and_events_arrive_with_headers_as_metadata(compression):
    async with GrpcReceiver() as receiver:
        headers = {"X-Token": Secret("s3cret")}
        outlet = make_outlet(receiver.endpoint, compression=compression, headers=headers)
        given = OtlpSettings(receiver.endpoint, protocol="grpc", headers=headers, compression=compression)
        events = EventOutlet(given, ResourceSettings())
        obs = messages()
        outlet.offer(obs)
        events.offer(obs)
        assert await outlet.drain(5) == 0
        assert await events.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)
        assert counts_of(events) == (1, 1, 0, 0)
        (traces, metadata), (logs, _) = receiver.calls
        assert traces == "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        assert logs == "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
        assert metadata["x-token"] == "s3cret"
        assert metadata["user-agent"].startswith(f"asyncwatch/{__version__} OTel-OTLP-Exporter-Python/")
        assert "s3cret" not in repr(outlet.statistics())
        (record,) = receiver.requests[1].resource_logs[0].scope_logs[0].log_records
        assert record.span_id in {span.span_id for span in receiver.spans()}


@pytest.mark.parametrize("code", AGAIN)
async def test_these_codes_are_tried_again(code):
    async with GrpcReceiver(GrpcReply(code), GrpcReply(code)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages())
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)
        assert len(receiver.calls) == 3


@pytest.mark.parametrize("code", NEVER)
async def test_these_codes_are_final(code):
    async with GrpcReceiver(GrpcReply(code)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages())
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 0, 3, 0)
        counts = outlet.statistics()
        assert counts.reasons == {"rejected": 3}
        assert counts.state == "down"
        assert counts.error == f"{receiver.endpoint}: {code}: told to refuse"
        assert len(receiver.calls) == 1


@pytest.mark.slow
async def test_resource_exhausted_is_tried_again_when_the_receiver_says_when():
    async with GrpcReceiver(GrpcReply("RESOURCE_EXHAUSTED", retry_s=0.7)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages())
        async with running(outlet):
            await until(lambda: outlet.statistics().state == "queueing")
            await until(lambda: outlet.statistics().delivered == 3)
        assert receiver.times[1] - receiver.times[0] >= 0.69


async def test_a_receiver_that_never_answers_is_tried_again():
    async with GrpcReceiver(GrpcReply(hang=True)) as receiver:
        outlet = make_outlet(receiver.endpoint, timeout_s=0.2)
        outlet.offer(messages())
        async with running(outlet):
            await until(lambda: outlet.statistics().state == "down")
            assert outlet.statistics().error == f"{receiver.endpoint}: no answer within 0.2 s"
            await until(lambda: outlet.statistics().delivered == 3)
        assert counts_of(outlet) == (3, 3, 0, 0)


@pytest.mark.slow
async def test_a_receiver_that_comes_back_gets_everything():
    receiver = GrpcReceiver()
    async with receiver:
        pass
    outlet = make_outlet(receiver.endpoint)
    async with running(outlet):
        outlet.offer(messages())
        await until(lambda: outlet.statistics().state == "down")
        assert "UNAVAILABLE" in outlet.statistics().error
        async with receiver:
            await until(lambda: outlet.statistics().delivered == 3)
            assert outlet.statistics().state == "ok"


async def test_partial_success_is_counted_and_not_sent_again():
    partial = ExportTracePartialSuccess(rejected_spans=2, error_message="two are too long")
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    async with GrpcReceiver(GrpcReply(body=body)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages())
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 1, 2, 0)
        assert outlet.statistics().error == f"{receiver.endpoint}: 2 spans rejected: two are too long"
        assert len(receiver.calls) == 1


async def test_a_cancelled_run_loses_nothing():
    async with GrpcReceiver(GrpcReply(hang=True)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages())
        async with running(outlet):
            await until(lambda: len(receiver.calls) == 1)
        assert counts_of(outlet) == (3, 0, 0, 3)
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)


@pytest.mark.slow
async def test_tls_with_a_private_authority_and_a_client_certificate(tmp_path):
    authority = make_authority(tmp_path)
    make_certificate(tmp_path, "server")
    make_certificate(tmp_path, "client")
    pair = ((tmp_path / "server.key").read_bytes(), (tmp_path / "server.pem").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], authority.read_bytes(), require_client_auth=True)
    async with GrpcReceiver(credentials=credentials) as receiver:
        ours = {"cert_file": str(tmp_path / "client.pem"), "key_file": str(tmp_path / "client.key")}
        outlet = make_outlet(receiver.endpoint, ca_file=str(authority), **ours)
        outlet.offer(messages())
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)
        for without in ({"ca_file": str(authority)}, ours):
            outlet = make_outlet(receiver.endpoint, **without)
            outlet.offer(messages())
            assert await outlet.drain(0.5) == 3
            assert outlet.statistics().state == "down"


@pytest.mark.parametrize(
    ("endpoint", "changes", "said"),
    [
        ("grpc://h:4317", {}, "no http or https address"),
        ("http://h:x", {}, "no address"),
        ("http://h:4317", {"headers": {"grpc-timeout": Secret("1")}}, "cannot be sent over gRPC"),
        ("http://h:4317", {"headers": {"a": Secret("x\ny")}}, "characters"),
        ("https://h:4317", {"ca_file": "/no/such"}, "cannot read certificates"),
        ("https://h:4317", {"cert_file": "/no/such"}, "cannot read the client certificate"),
    ],
)
def test_what_cannot_be_used_is_said_at_start(endpoint, changes, said):
    with pytest.raises(Misconfigured, match=said):
        make_outlet(endpoint, **changes)


@pytest.mark.parametrize("status", [b"", b"\xff", b"\x1a\x02\x08", Status(code=8).SerializeToString(), b"\x1a\x00"])
def test_a_status_without_retry_info_says_nothing(status):
    assert parse_retry_info(status) is None


def test_a_library_that_is_missing_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.delitem(sys.modules, "asyncwatch.outlets.otlp.grpc_transport")
    with pytest.raises(Misconfigured, match="grpcio is not installed") as caught:
        make_outlet("http://h:4317")
    assert "http/protobuf" in str(caught.value)
