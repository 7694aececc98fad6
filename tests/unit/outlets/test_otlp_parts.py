"""Queue, back-off and request encoding of the OTLP outlet, each alone."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from asyncwatch.outlets.otlp.encoding import (
    broker_resource,
    encode_request,
    service_name,
)
from asyncwatch.outlets.otlp.export_queue import ExportQueue
from asyncwatch.outlets.otlp.partial_success import PartialSuccess, decode_partial_success
from asyncwatch.outlets.otlp.retry import BackOff, parse_retry_after
from unit.tracing.build import make_batch, make_route, observe, sampled_headers
from unit.tracing.read import encode

R = b"resource"


def spans_of(queue: ExportQueue) -> list[bytes]:
    return [span for _, span in queue.take(10**6, 10**9)[0]]


def test_a_full_queue_refuses_plain_spans():
    queue = ExportQueue(3)
    assert queue.put_plain(R, [b"a", b"b", b"c", b"d", b"e"]) == 2
    assert spans_of(queue) == [b"a", b"b", b"c"]


def test_a_violating_span_pushes_the_newest_plain_one_out():
    queue = ExportQueue(3)
    queue.put_plain(R, [b"a", b"b"])
    assert queue.put_violating(R, [b"X", b"Y"]) == 1
    assert queue.put_violating(R, [b"Z"]) == 1
    assert queue.put_violating(R, [b"W"]) == 1, "only violating ones are left, so the new one is dropped"
    assert spans_of(queue) == [b"X", b"Y", b"Z"]


def test_bytes_are_bounded_as_well():
    queue = ExportQueue(100, capacity_bytes=10)
    assert queue.put_plain(R, [b"aaaa", b"bbbb", b"cccc"]) == 1
    assert queue.put_violating(R, [b"XXXXXX"]) == 1
    assert spans_of(queue) == [b"XXXXXX", b"aaaa"]
    assert queue.put_violating(R, [b"x" * 11]) == 1, "what can never fit is dropped, and pushes out what it may"
    assert len(queue) == 0


def test_taking_keeps_to_spans_and_bytes_and_gives_violating_ones_first():
    queue = ExportQueue(100)
    queue.put_plain(R, [b"a" * 100] * 4)
    queue.put_violating(R, [b"X" * 100] * 2)
    taken, violating, _ = queue.take(3, 10_000)
    assert ([span[:1] for _, span in taken], violating) == ([b"X", b"X", b"a"], 2)
    taken, violating, _ = queue.take(10, 256 + len(R) + 200)
    assert (len(taken), violating) == (2, 0)
    assert len(queue) == 1


def test_what_is_too_large_for_any_request_is_dropped_and_counted():
    queue = ExportQueue(100)
    queue.put_plain(R, [b"a", b"b" * 1000, b"c"])
    queue.put_violating(R, [b"X" * 1000])
    taken, violating, too_large = queue.take(10, 256 + len(R) + 500)
    assert ([thing for _, thing in taken], violating, too_large) == ([b"a"], 0, 1)
    taken, violating, too_large = queue.take(10, 256 + len(R) + 500)
    assert ([thing for _, thing in taken], violating, too_large) == ([b"c"], 0, 1)
    assert len(queue) == 0


def test_what_is_put_back_comes_first_again():
    queue = ExportQueue(4)
    queue.put_plain(R, [b"a", b"b", b"c"])
    queue.put_violating(R, [b"X"])
    taken, violating, _ = queue.take(3, 10_000)
    queue.put_plain(R, [b"d", b"e", b"f"])
    queue.put_back(taken, violating)
    assert spans_of(queue) == [b"X", b"a", b"b", b"c", b"d", b"e", b"f"]


def test_a_request_groups_spans_by_resource():
    spans = encode(observe(make_batch(sampled_headers(4)), make_route())).plain
    one, two = broker_resource("one"), broker_resource("two")
    request = ExportTraceServiceRequest.FromString(encode_request(zip([one, two, one, two], spans, strict=True)))
    ids = [[span.parent_span_id[-1] for span in group.scope_spans[0].spans] for group in request.resource_spans]
    assert ids == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("changes", "service", "title", "name"),
    [
        ({}, "bus", "Orders", "bus"),
        ({}, None, "Orders", "Orders"),
        ({}, None, None, "kafka MkU3OEVBNTcwNTJENDM2Qg"),
        ({"cluster": "kafka.example.com:9092"}, None, "", "kafka kafka.example.com"),
        ({"protocol": "amqp", "cluster": "h:1", "host": "h"}, None, None, "rabbitmq h"),
    ],
)
def test_a_service_is_named_by_setting_title_or_cluster(changes, service, title, name):
    assert service_name(make_route(**changes), service, title) == name


@pytest.mark.parametrize("rejected", [0, 1, 2**40])
def test_a_partial_success_is_read_as_protobuf_writes_it(rejected):
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message="why ü")
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    assert decode_partial_success(body) == PartialSuccess(rejected, "why ü")
    assert decode_partial_success(b"") == PartialSuccess()


@pytest.mark.parametrize("cut", range(1, 12))
def test_any_cut_of_an_answer_is_survived(cut):
    partial = ExportTracePartialSuccess(rejected_spans=300, error_message="why")
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    decode_partial_success(body[:cut])
    decode_partial_success(body[cut:])


def test_fields_of_later_versions_are_passed_over():
    later = b"\x18\x05" + b"\x21" + b"8bytes.." + b"\x2d" + b"4byt" + b"\x0a\x02\x08\x07"
    assert decode_partial_success(later) == PartialSuccess(7, "")


def test_pauses_grow_with_jitter_up_to_the_longest():
    pauses = BackOff(first_s=1.0, longest_s=30.0)
    assert [pauses.pause_s(n, lambda: 1.0) for n in (1, 2, 3, 6, 100, 10_000)] == [1.0, 2.0, 4.0, 30.0, 30.0, 30.0]
    assert [pauses.pause_s(n, lambda: 0.0) for n in (1, 2, 100)] == [0.5, 1.0, 15.0]
    assert len({pauses.pause_s(5) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        (None, None), ("0", 0.0), (" 120 ", 120.0), ("Fri, 31 Dec 1999 23:59:59 GMT", 59.0),
        ("Fri, 31 Dec 1999 00:00:00 GMT", 0.0), ("soon", None), ("-1", None), ("1.5", None), ("", None),
        ("9" * 400, None), ("١٢", None), ("Fri, 99 Foo 9999", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text, after_s):
    assert parse_retry_after(text, lambda: 946_684_740.0) == after_s
