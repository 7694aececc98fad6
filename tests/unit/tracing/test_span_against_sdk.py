"""Our bytes mean what the SDK's exporter would have written for the same span."""

from __future__ import annotations

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, TraceState
from opentelemetry.trace.status import Status, StatusCode

from asyncwatch.model.finding import Fault
from asyncwatch.model.state import INVALID
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, SAMPLED, SPAN, TRACE, make_batch, make_route, observe
from unit.tracing.read import attributes_of, meaning, only_span

ATTRIBUTES = {
    "messaging.system": "kafka",
    "messaging.operation.name": "transit",
    "messaging.destination.name": "orders.created",
    "messaging.destination.partition.id": "3",
    "messaging.message.id": "orders.created.3.41",
    "messaging.message.body.size": 9,
    "messaging.kafka.offset": 41,
    "messaging.kafka.cluster.id": "MkU3OEVBNTcwNTJENDM2Qg",
    "server.address": "kafka.example.com",
    "server.port": 9092,
    "asyncwatch.spec.id": "urn:example:orders",
    "asyncwatch.channel": "orderCreated",
    "asyncwatch.message.name": "order_created",
    "asyncwatch.validation.result": "valid",
    "asyncwatch.context.format": "w3c",
    "asyncwatch.timestamp.source": "producer",
}
OTHER_TRACE, OTHER_SPAN = "c" * 32, "d" * 16


def context_of(trace: str, span: str, *, state: str = "", remote: bool = True) -> SpanContext:
    members = [tuple(member.split("=", 1)) for member in state.split(",") if member]
    return SpanContext(int(trace, 16), int(span, 16), remote, TraceFlags(1), TraceState(members))


def by_sdk(
    own,
    *,
    parent=None,
    state="",
    attributes=ATTRIBUTES,
    start=NOW_NS - 3_000_000,
    end=NOW_NS,
    links=(),
    events=(),
    status=None,
):
    span = ReadableSpan(
        name="transit orders.created", kind=SpanKind.INTERNAL, parent=parent,
        context=context_of(own.trace_id.hex(), own.span_id.hex(), state=state, remote=False),
        attributes=attributes, start_time=start, end_time=end, links=links, events=events, status=status or Status(),
    )  # fmt: skip
    return encode_spans([span]).resource_spans[0].scope_spans[0].spans[0]


def test_a_plain_span():
    own = only_span(observe(make_batch([[("traceparent", SAMPLED)]]), make_route()))
    assert own.trace_id.hex() == TRACE
    assert own.parent_span_id.hex() == SPAN
    assert meaning(own) == meaning(by_sdk(own, parent=context_of(TRACE, SPAN)))
    assert own.flags == 0x301, "sampled, and the parent is known to be remote"


def test_a_span_with_trace_state():
    headers = [("traceparent", SAMPLED), ("TraceState", b"foo=1,bar=2"), ("tracestate", b"rojo=a b")]
    own = only_span(observe(make_batch([headers]), make_route()))
    state = "foo=1,bar=2,rojo=a b"
    assert meaning(own) == meaning(by_sdk(own, parent=context_of(TRACE, SPAN), state=state))


def test_a_span_that_links_to_the_start_of_the_transmission():
    origin = f"00-{OTHER_TRACE}-{OTHER_SPAN}-01".encode()
    own = only_span(observe(make_batch([[("traceparent", SAMPLED), ("ce_traceparent", origin)]]), make_route()))
    link = Link(context_of(OTHER_TRACE, OTHER_SPAN), {"asyncwatch.link.kind": "ce_origin"})
    assert meaning(own) == meaning(by_sdk(own, parent=context_of(TRACE, SPAN), links=[link]))


def test_a_root_span_with_a_link():
    headers = [("traceparent", SAMPLED), ("tracestate", b"foo=1")]
    own = only_span(observe(make_batch([headers]), make_route()), relation="link")
    link = Link(context_of(TRACE, SPAN, state="foo=1"))
    theirs = by_sdk(own, links=[link])
    theirs.links[0].trace_state = "foo=1"  # the SDK's encoder leaves a link's trace state out
    assert meaning(own) == meaning(theirs)
    assert own.trace_id.hex() != TRACE
    assert (own.flags, own.links[0].flags) == (0x101, 0x301)


def test_a_span_with_violations():
    obs = observe(make_batch([[("traceparent", SAMPLED)]]), make_route())
    late = Fault(
        rule="sequence.out-of-order", severity="warning", summary="number 7 came after 9", numbers=(10, 7),
        key_hash="0123456789abcdef",
    )  # fmt: skip
    obs.faults = [(0, late), (0, BREAKS_SCHEMA)]
    obs.state[0] = INVALID
    own = only_span(obs)
    fingerprint = attributes_of(own.events[1].attributes)["asyncwatch.violation.fingerprint"]
    theirs = by_sdk(
        own, parent=context_of(TRACE, SPAN), status=Status(StatusCode.ERROR, BREAKS_SCHEMA.summary),
        attributes={**ATTRIBUTES, "asyncwatch.validation.result": "invalid", "error.type": "payload.schema"},
        events=[
            Event(
                "asyncwatch.sequence.out_of_order",
                {
                    "asyncwatch.sequence.key": "0123456789abcdef",
                    "asyncwatch.sequence.expected": "10",
                    "asyncwatch.sequence.actual": "7",
                },
                NOW_NS,
            ),
            Event(
                "asyncwatch.violation",
                {
                    "error.type": "payload.schema",
                    "asyncwatch.violation.severity": "error",
                    "asyncwatch.violation.path": "/amount",
                    "asyncwatch.violation.keyword": "type",
                    "asyncwatch.violation.schema_ref": "#/properties/amount/type",
                    "asyncwatch.violation.expected": "number",
                    "asyncwatch.violation.actual_type": "string",
                    "asyncwatch.violation.fingerprint": fingerprint,
                },
                NOW_NS,
            ),
        ],
    )  # fmt: skip
    assert meaning(own) == meaning(theirs)


@pytest.mark.parametrize(
    ("changes", "attributes", "start", "end"),
    [
        ({"sent_ns": [None]}, {"asyncwatch.timestamp.source": "none"}, NOW_NS, NOW_NS),
        ({"time_source": "broker"}, {"asyncwatch.timestamp.source": "broker"}, NOW_NS - 3_000_000, NOW_NS),
        ({"sent_ns": [NOW_NS + 1]}, {"asyncwatch.clock_skew.detected": True}, NOW_NS, NOW_NS),
        ({"live": False}, {"asyncwatch.replay": True}, NOW_NS - 3_000_000, NOW_NS - 3_000_000),
        (
            {"live": False, "sent_ns": [NOW_NS + 1]},
            {"asyncwatch.replay": True, "asyncwatch.clock_skew.detected": True},
            NOW_NS,
            NOW_NS,
        ),
    ],
    ids=["no timestamp", "broker's timestamp", "timestamp in the future", "not live", "not live, in the future"],
)
def test_times_and_what_is_said_of_them(changes, attributes, start, end):
    own = only_span(observe(make_batch([[("traceparent", SAMPLED)]], **changes), make_route()))
    theirs = by_sdk(own, parent=context_of(TRACE, SPAN), attributes={**ATTRIBUTES, **attributes}, start=start, end=end)
    assert meaning(own) == meaning(theirs)


def test_a_span_of_an_error_in_an_unrecorded_trace():
    obs = observe(make_batch([[("traceparent", SAMPLED[:-1] + b"0"), ("tracestate", b"foo=1")]]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    obs.state[0] = INVALID
    own = only_span(obs)
    link = Link(context_of(TRACE, SPAN, state="foo=1"))
    theirs = by_sdk(
        own, links=[link], status=Status(StatusCode.ERROR, BREAKS_SCHEMA.summary),
        attributes={**ATTRIBUTES, "asyncwatch.validation.result": "invalid", "error.type": "payload.schema"},
    )  # fmt: skip
    theirs.links[0].trace_state = "foo=1"  # the SDK's encoder leaves a link's trace state out
    written, expected = meaning(own), meaning(theirs)
    assert [name for name, _, _ in written.pop("events")] == ["asyncwatch.violation"]
    expected.pop("events")
    assert written == expected
    assert own.trace_id.hex() == TRACE
    assert (own.flags, own.links[0].flags) == (0x101, 0x300)
