"""The OTLP outlet against a receiver on a real socket."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from contextlib import asynccontextmanager, suppress

import pytest

from asyncwatch import __version__
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp import SpanOutlet
from asyncwatch.outlets.otlp.retry import BackOff
from unit.outlets.receiver import Receiver, Reply, partial_success
from unit.tracing.build import BREAKS_SCHEMA, make_batch, make_route, observe, sampled_headers
from unit.tracing.read import attributes_of

QUICK = BackOff(first_s=0.01, longest_s=0.05)


def make_outlet(endpoint: str, *, tracing: TracingSettings | None = None, titles=None, **settings) -> SpanOutlet:
    given = OtlpSettings(endpoint, **{"linger_s": 0.01, **settings})
    return SpanOutlet(given, tracing or TracingSettings(), titles, back_off=QUICK)


def messages(n: int, *, violating: bool = False, first: int = 0, route=None):
    obs = observe(make_batch(sampled_headers(n), positions=list(range(first, first + n))), route or make_route())
    if violating:
        obs.faults = [(row, BREAKS_SCHEMA) for row in range(n)]
    return obs


def assert_law(outlet: SpanOutlet) -> None:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    assert sum(outlet.statistics().reasons.values()) == counts.dropped


def counts_of(outlet: SpanOutlet) -> tuple[int, int, int, int]:
    assert_law(outlet)
    counts = outlet.statistics()
    return counts.offered, counts.delivered, counts.dropped, counts.queued


@asynccontextmanager
async def running(outlet: SpanOutlet):
    task = asyncio.create_task(outlet.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition, most_s: float = 5.0) -> None:
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_spans_arrive_once_with_resource_scope_and_schema():
    async with Receiver() as receiver:
        outlet = make_outlet(
            receiver.endpoint, titles={"production": "Orders broker"}, headers={"x-token": Secret("s3cret")}
        )
        outlet.offer(messages(10))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (10, 10, 0, 0)
        assert outlet.statistics().state == "ok"
        (request,) = receiver.requests
        (group,) = request.resource_spans
        assert attributes_of(group.resource.attributes) == {
            "service.name": "Orders broker",
            "telemetry.distro.name": "asyncwatch",
            "telemetry.distro.version": __version__,
        }
        (scope,) = group.scope_spans
        assert (scope.scope.name, scope.scope.version) == ("asyncwatch", __version__)
        assert group.schema_url == scope.schema_url == "https://opentelemetry.io/schemas/1.44.0"
        assert len(scope.spans) == 10
        ((line, headers),) = receiver.heads
        assert line == "POST /v1/traces HTTP/1.1"
        assert headers["content-type"] == "application/x-protobuf"
        assert headers["content-encoding"] == "gzip"
        assert headers["user-agent"].startswith(f"asyncwatch/{__version__} OTel-OTLP-Exporter-Python/")
        assert headers["x-token"] == "s3cret"
        assert "s3cret" not in repr(outlet.statistics())


async def test_the_same_messages_give_the_same_request_again():
    async with Receiver() as receiver:
        for _ in range(2):
            outlet = make_outlet(receiver.endpoint)
            outlet.offer(messages(100, violating=True))
            outlet.offer(messages(100, first=100))
            assert await outlet.drain(5) == 0
        assert receiver.bodies[0] == receiver.bodies[1]


async def test_without_compression_the_body_is_the_request():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, compression="none")
        outlet.offer(messages(1))
        await outlet.drain(5)
        assert "content-encoding" not in receiver.heads[0][1]
        assert len(receiver.spans()) == 1
        assert gzip.compress(b"")[:2] != receiver.bodies[0][:2]


async def test_each_broker_is_a_resource_of_its_own():
    routes = [
        make_route(server="a"),
        make_route(server="b", cluster="other"),
        make_route(server="c", cluster="h:1", host="h", port=1),
    ]
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint)
        for route in routes:
            outlet.offer(messages(3, route=route))
        await outlet.drain(5)
        names = [
            attributes_of(group.resource.attributes)["service.name"] for group in receiver.requests[0].resource_spans
        ]
        assert names == ["kafka MkU3OEVBNTcwNTJENDM2Qg", "kafka other", "kafka h"]
        assert [len(group.scope_spans[0].spans) for group in receiver.requests[0].resource_spans] == [3, 3, 3]


async def test_the_configured_service_name_wins():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, tracing=TracingSettings(service="bus"), titles={"production": "title"})
        outlet.offer(messages(1))
        await outlet.drain(5)
        resource = receiver.requests[0].resource_spans[0].resource
        assert attributes_of(resource.attributes)["service.name"] == "bus"


async def test_a_cluster_that_becomes_known_later_counts_from_then_on():
    route = make_route(cluster="kafka.example.com:9092")
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(1, route=route))
        route.cluster = "MkU3OEVBNTcwNTJENDM2Qg"
        outlet.offer(messages(1, route=route))
        await outlet.drain(5)
        first, second = receiver.spans()
        assert first.span_id != second.span_id


async def test_a_batch_waits_for_the_linger_time_only():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, linger_s=0.05)
        async with running(outlet):
            outlet.offer(messages(5))
            outlet.offer(messages(5, first=5))
            await until(lambda: outlet.statistics().delivered == 10)
        assert len(receiver.requests) == 1


async def test_a_full_batch_does_not_linger():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, linger_s=60.0, batch_size=100)
        async with running(outlet):
            outlet.offer(messages(250))
            await until(lambda: outlet.statistics().delivered == 200)
            assert counts_of(outlet) == (250, 200, 0, 50)
        assert [len(one.resource_spans[0].scope_spans[0].spans) for one in receiver.requests] == [100, 100]


async def test_two_requests_are_on_their_way_and_no_more():
    async with Receiver() as receiver:
        receiver.answering.clear()
        outlet = make_outlet(receiver.endpoint, batch_size=10)
        async with running(outlet):
            outlet.offer(messages(100))
            await until(lambda: receiver.in_flight == 2)
            await asyncio.sleep(0.05)
            assert receiver.in_flight == 2
            assert counts_of(outlet) == (100, 0, 0, 100)
            receiver.answering.set()
            await until(lambda: outlet.statistics().delivered == 100)
        assert (receiver.most_in_flight, receiver.connections) == (2, 2)


async def test_a_request_stays_under_three_mebibytes():
    route = make_route(spec_id="x" * 256, address="a" * 249)
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, compression="none", batch_size=100_000, queue_size=100_000)
        for part in range(5):
            outlet.offer(messages(800, first=part * 800, violating=True, route=route))
        assert await outlet.drain(10) == 0
        assert counts_of(outlet) == (4000, 4000, 0, 0)
        sizes = [len(body) for body in receiver.bodies]
        assert len(sizes) >= 2
        assert max(sizes) <= 3 * 1024 * 1024


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_these_answers_are_tried_again(status):
    async with Receiver(Reply(status), Reply(status)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(3))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)
        assert len(receiver.heads) == 3
        assert set(receiver.span_ids().values()) == {1}


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 415, 500, 501])
async def test_these_answers_are_final(status):
    async with Receiver(Reply(status)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(3))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 0, 3, 0)
        assert outlet.statistics().reasons == {"rejected": 3}
        assert len(receiver.heads) == 1
        assert outlet.statistics().state == "down"
        assert outlet.statistics().error == f"{receiver.endpoint}: status {status}"


@pytest.mark.slow
async def test_retry_after_holds_all_requests_back():
    async with Receiver(Reply(429, {"Retry-After": "1"})) as receiver:
        outlet = make_outlet(receiver.endpoint, batch_size=1)
        outlet.offer(messages(1))
        async with running(outlet):
            await until(lambda: len(receiver.heads) == 1)
            await until(lambda: outlet.statistics().state == "queueing")
            outlet.offer(messages(1, first=7))
            await until(lambda: outlet.statistics().delivered == 2)
        assert len(receiver.times) == 3
        assert all(later - receiver.times[0] >= 0.99 for later in receiver.times[1:])


async def test_a_receiver_that_never_answers_is_tried_again():
    async with Receiver(Reply(hang=True)) as receiver:
        outlet = make_outlet(receiver.endpoint, timeout_s=0.1)
        outlet.offer(messages(3))
        async with running(outlet):
            await until(lambda: outlet.statistics().state == "down")
            assert outlet.statistics().error == f"{receiver.endpoint}: no answer within 0.1 s"
            await until(lambda: outlet.statistics().delivered == 3)
        assert counts_of(outlet) == (3, 3, 0, 0)
        assert outlet.statistics().error is None


async def test_a_cut_connection_is_tried_again():
    async with Receiver(Reply(reset=True), Reply(reset=True)) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(3))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (3, 3, 0, 0)


async def test_a_receiver_that_comes_back_gets_everything():
    receiver = Receiver()
    async with receiver:
        pass
    outlet = make_outlet(receiver.endpoint)
    async with running(outlet):
        outlet.offer(messages(500))
        await until(lambda: outlet.statistics().state == "down")
        assert outlet.statistics().error
        async with receiver:
            await until(lambda: outlet.statistics().delivered == 500)
            assert outlet.statistics().state == "ok"
    assert len(receiver.span_ids()) == 500


async def test_after_the_retry_age_spans_are_dropped_and_counted():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outlet = make_outlet(f"http://127.0.0.1:{closed.getsockname()[1]}/v1/traces", retry_age_s=0.1)
        outlet.offer(messages(3))
        async with running(outlet):
            await until(lambda: outlet.statistics().dropped == 3)
        assert outlet.statistics().reasons == {"timeout": 3}
        assert counts_of(outlet) == (3, 0, 3, 0)


async def test_partial_success_is_counted_and_not_sent_again():
    async with Receiver(partial_success(2, "two are too long")) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(5))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (5, 3, 2, 0)
        assert outlet.statistics().reasons == {"rejected": 2}
        assert len(receiver.heads) == 1
        assert outlet.statistics().state == "ok"
        assert outlet.statistics().error == f"{receiver.endpoint}: 2 spans rejected: two are too long"


@pytest.mark.parametrize(
    ("reply", "rejected"),
    [
        (partial_success(0, "please upgrade"), 0),
        (partial_success(10**15, "all of them and more"), 5),
        (partial_success(-7, ""), 0),
        (Reply(body=b"\xff" * 100), 0),
        (Reply(body=b"\x0a\xff\xff\xff\xff\x0f"), 0),
        (Reply(body=b"{}"), 0),
        (Reply(body=b"x" * 300_000), 0),
        (Reply(204), 0),
    ],
    ids=["warning", "too many", "negative", "noise", "cut off", "json", "too long", "no content"],
)
async def test_any_body_of_a_good_answer_is_survived(reply, rejected):
    async with Receiver(reply) as receiver:
        outlet = make_outlet(receiver.endpoint)
        outlet.offer(messages(5))
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (5, 5 - rejected, rejected, 0)


async def test_a_dead_receiver_never_slows_offer_and_violations_stay():
    outlet = make_outlet("http://127.0.0.1:1/v1/traces", queue_size=1000)
    for part in range(10):
        outlet.offer(messages(150, first=part * 200))
        outlet.offer(messages(50, first=part * 200 + 150, violating=True))
        assert_law(outlet)
    assert outlet.statistics().reasons == {"queue_full": 1000}
    assert counts_of(outlet) == (2000, 0, 1000, 1000)


async def test_in_a_burst_no_violating_span_is_lost_while_plain_ones_are_dropped_and_counted():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, queue_size=8192)
        plain, violating = messages(600), messages(200, violating=True, first=10_000_000)
        for _ in range(40):  # 8,000 violating spans among 32,000
            outlet.offer(plain)
            outlet.offer(violating)
        counts = outlet.statistics()
        assert (counts.offered, counts.queued) == (32_000, 8192)
        assert await outlet.drain(20) == 0
        assert_law(outlet)
        errors = sum(span.status.code == 2 for span in receiver.spans())
        assert errors == 8000
        assert outlet.statistics().delivered == 8192
        assert outlet.statistics().reasons == {"queue_full": 32_000 - 8192}


async def test_drain_gives_what_is_left_behind_and_keeps_its_deadline():
    async with Receiver(Reply(hang=True), Reply(hang=True)) as receiver:
        outlet = make_outlet(receiver.endpoint, batch_size=10)
        outlet.offer(messages(35))
        began = time.monotonic()
        assert await outlet.drain(0.3) == 35
        assert time.monotonic() - began < 2
        assert counts_of(outlet) == (35, 0, 0, 35)
        assert await outlet.drain(5) == 0
        assert counts_of(outlet) == (35, 35, 0, 0)
        assert set(receiver.span_ids().values()) == {1}


async def test_drain_beside_run_sends_at_once():
    async with Receiver() as receiver:
        outlet = make_outlet(receiver.endpoint, linger_s=60.0)
        async with running(outlet):
            outlet.offer(messages(3))
            await asyncio.sleep(0.02)
            assert receiver.heads == []
            assert await outlet.drain(5) == 0
            assert counts_of(outlet) == (3, 3, 0, 0)


async def test_drain_cuts_a_long_pause_short():
    async with Receiver(Reply(503)) as receiver:
        outlet = SpanOutlet(
            OtlpSettings(receiver.endpoint, linger_s=0.0), TracingSettings(), back_off=BackOff(60.0, 60.0)
        )
        async with running(outlet):
            outlet.offer(messages(3))
            await until(lambda: outlet.statistics().state == "queueing")
            assert await outlet.drain(5) == 0


async def test_drain_of_nothing_is_quick_and_legal_without_run():
    outlet = make_outlet("http://127.0.0.1:1/v1/traces")
    assert await outlet.drain(5) == 0
    assert await outlet.drain(5) == 0


async def test_cancelling_run_loses_nothing():
    async with Receiver() as receiver:
        receiver.answering.clear()
        outlet = make_outlet(receiver.endpoint, batch_size=10)
        outlet.offer(messages(25, violating=True))
        outlet.offer(messages(25, first=100))
        async with running(outlet):
            await until(lambda: receiver.in_flight == 2)
        assert counts_of(outlet) == (50, 0, 0, 50)
        receiver.answering.set()
        assert await outlet.drain(5) == 0
        assert len(receiver.span_ids()) == 50


async def test_findings_without_a_message_are_not_offered():
    outlet = make_outlet("http://127.0.0.1:1/v1/traces")
    outlet.announce([])
    assert counts_of(outlet) == (0, 0, 0, 0)


async def test_messages_without_a_span_are_counted_beside():
    outlet = make_outlet("http://127.0.0.1:1/v1/traces")
    outlet.offer(observe(make_batch(sampled_headers(3), sent_ns=[0, 0, None]), make_route()))
    assert counts_of(outlet) == (1, 0, 0, 1)
    assert outlet.left_out == {"too_old": 2}


@pytest.mark.parametrize(
    ("endpoint", "headers", "named"),
    [
        ("collector:4318", {}, "endpoint"),
        ("grpc://collector:4317", {}, "endpoint"),
        ("http://", {}, "endpoint"),
        ("http://host:port/", {}, "endpoint"),
        ("http://h/", {"bad name": Secret("canary")}, "name of a header"),
        ("http://h/", {"x-token": Secret("canary\r\nx: y")}, "'x-token'"),
        ("http://h/", {"x-token": Secret("canary ü")}, "'x-token'"),
    ],
)
def test_a_wrong_setting_is_said_at_once_without_its_value(endpoint, headers, named):
    with pytest.raises(Misconfigured, match=named) as caught:
        make_outlet(endpoint, headers=headers)
    assert "canary" not in str(caught.value)


def test_missing_certificates_are_said_at_once(tmp_path):
    with pytest.raises(Misconfigured, match="cannot read certificates"):
        make_outlet("https://h/v1/traces", ca_file=str(tmp_path / "none.pem"))
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(Misconfigured, match="cannot read certificates"):
        make_outlet("https://h/v1/traces", ca_file=str(tmp_path / "bad.pem"))


async def test_user_and_password_of_an_address_are_sent_and_not_shown():
    async with Receiver(Reply(500)) as receiver:
        outlet = make_outlet(receiver.endpoint.replace("//", "//jane:canary@"))
        outlet.offer(messages(1))
        await outlet.drain(5)
        assert receiver.heads[0][1]["authorization"].startswith("Basic ")
        assert "canary" not in str(outlet.statistics())
