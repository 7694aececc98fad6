"""Spans that only a violation asks for, ids without a lasting position, and identifiers that are asked for."""

from __future__ import annotations

import pytest

from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.finding import Fault
from asyncwatch.tracing.span import TransitEncoder
from unit.tracing.build import (
    BREAKS_SCHEMA,
    NOW_NS,
    SAMPLED,
    SPAN,
    TRACE,
    UNSAMPLED,
    make_batch,
    make_candidate,
    make_route,
    observe,
)
from unit.tracing.read import attributes_of, decode, encode, only_span

LATE = Fault(rule="event.late", severity="warning", summary="late")
EVENT = [
    ("ce_id", b"e-17"), ("ce_source", b"/shop"), ("ce_specversion", b"1.0"), ("ce_type", b"order.created"),
    ("ce_subject", b"customer-4711"), ("ce_other", b"canary"),
]  # fmt: skip


def unsampled(n: int, fault: Fault = BREAKS_SCHEMA, **changes):
    obs = observe(make_batch([[("traceparent", UNSAMPLED)]] * n, **changes), make_route())
    obs.faults = [(row, fault) for row in range(n)]
    return obs


def test_an_error_in_an_unrecorded_trace_gets_a_span_without_parent_and_a_link():
    transits = encode(unsampled(1))
    (span,) = map(decode, transits.violating)
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id == b""
    (link,) = span.links
    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE, SPAN)
    assert link.flags & 1 == 0
    assert span.flags & 0x3FF == 0x101
    assert span.status.code == 2
    assert attributes_of(span.attributes)["error.type"] == "payload.schema"
    assert transits.plain == []


def test_a_warning_in_an_unrecorded_trace_gets_no_span():
    transits = encode(unsampled(1, LATE))
    assert (transits.plain, transits.violating, transits.left_out) == ([], [], {})


def test_spans_of_unrecorded_traces_are_capped_by_cause_and_the_others_counted():
    transits = encode(unsampled(200))
    assert len(transits.violating) == 50
    assert transits.left_out == {"violation_cap": 150}


def test_the_cap_fills_again_with_the_messages_time():
    route = make_route()
    encoder = TransitEncoder(route, TracingSettings())
    for second, expected in ((0, 50), (1, 10), (2, 10), (100, 50)):
        obs = unsampled(200, observed_ns=[NOW_NS + second * 10**9] * 200)
        assert len(encoder.encode(obs).violating) == expected


def test_recorded_traces_are_never_capped():
    obs = observe(make_batch([[("traceparent", SAMPLED)]] * 200), make_route())
    obs.faults = [(row, BREAKS_SCHEMA) for row in range(200)]
    assert len(encode(obs).violating) == 200


def test_spans_of_both_kinds_stand_in_the_order_of_their_messages():
    headers = [[("traceparent", (UNSAMPLED, SAMPLED)[row % 2])] for row in range(10)]
    obs = observe(make_batch(headers), make_route())
    obs.faults = [(row, BREAKS_SCHEMA) for row in range(10)]
    spans = [decode(one) for one in encode(obs).violating]
    assert [attributes_of(one.attributes)["messaging.kafka.offset"] for one in spans] == list(range(41, 51))
    assert [bool(one.links) for one in spans] == [True, False] * 5


def test_with_links_an_unrecorded_trace_is_linked_from_a_trace_of_its_own():
    obs = unsampled(1)
    span = only_span(obs, relation="link")
    assert span.trace_id.hex() != TRACE
    assert [one.span_id.hex() for one in span.links] == [SPAN]


def test_without_sampling_there_are_no_spans_at_all():
    assert encode(unsampled(1), ratio=0.0).violating == []


def test_arrival_numbers_that_begin_again_give_other_ids():
    changes = {"time_source": "none", "sent_ns": [None], "positions": [0], "partition": None}
    route = make_route(protocol="nats")
    seen = set()
    for later in (0, 1, 10**9):
        batch = make_batch([[("traceparent", SAMPLED)]], observed_ns=[NOW_NS + later], **changes)
        seen.add(only_span(observe(batch, route)).span_id)
    assert len(seen) == 3
    again = make_batch([[("traceparent", SAMPLED)]], observed_ns=[NOW_NS], **changes)
    assert only_span(observe(again, route)).span_id in seen, "a replay of the observation gives the same id"


def test_a_kept_sequence_gives_the_same_id_whenever_it_is_seen():
    changes = {"time_source": "broker", "positions": [7], "partition": None}
    ids = {
        only_span(
            observe(
                make_batch([[("traceparent", SAMPLED)]], observed_ns=[NOW_NS + later], **changes),
                make_route(protocol="nats"),
            )
        ).span_id
        for later in (0, 10**9)
    }
    assert len(ids) == 1


def with_events(route):
    route.slots = {**route.slots, "ce_id": len(route.slots), "ce-id": len(route.slots) + 1}
    return route


@pytest.mark.parametrize("separator", ["_", "-"])
def test_a_cloudevent_is_named_on_its_span_but_not_its_subject(separator):
    headers = [("traceparent", SAMPLED), *((name.replace("_", separator, 1), value) for name, value in EVENT)]
    attributes = attributes_of(only_span(observe(make_batch([headers]), with_events(make_route()))).attributes)
    named = {key: value for key, value in attributes.items() if key.startswith("cloudevents.")}
    assert named == {
        "cloudevents.event_id": "e-17",
        "cloudevents.event_source": "/shop",
        "cloudevents.event_spec_version": "1.0",
        "cloudevents.event_type": "order.created",
    }
    assert "canary" not in str(attributes)


def test_identifiers_stand_on_spans_only_as_the_settings_say():
    headers = [("traceparent", SAMPLED), *EVENT]
    route = with_events(make_route(address="orders.{customer}", filter="orders.{customer}", wildcard=True))
    batch = make_batch([headers], addresses=["orders.jane"], keys=[b"k-1"])

    def told(identifiers, hash_text=None):
        encoder = TransitEncoder(route, TracingSettings(identifiers=identifiers), hash_text=hash_text)
        (written,) = encoder.encode(observe(batch, route)).plain
        return attributes_of(decode(written).attributes)

    names = ("messaging.kafka.message.key", "messaging.destination.name", "cloudevents.event_subject")
    assert not set(names) & set(told({}))
    full = told(dict.fromkeys(names, "full"))
    assert [full[name] for name in names] == ["k-1", "orders.jane", "customer-4711"]
    hashed = told(dict.fromkeys(names, "hash"), lambda value: f"#{len(value)}")
    assert [hashed[name] for name in names] == ["#3", "#11", "#13"]
    assert not set(names) & set(told(dict.fromkeys(names, "hash"))), "nothing to hash with, nothing told"
    assert "body" not in str(told({"messaging.message.body": "full"}).get("messaging.message.body", ""))


def test_a_null_key_is_not_told():
    encoder_route = make_route()
    encoder = TransitEncoder(encoder_route, TracingSettings(identifiers={"messaging.kafka.message.key": "full"}))
    batch = make_batch([[("traceparent", SAMPLED)]], keys=[None])
    (written,) = encoder.encode(observe(batch, encoder_route)).plain
    assert "messaging.kafka.message.key" not in attributes_of(decode(written).attributes)


def test_the_operation_that_documents_a_message_is_named():
    from dataclasses import replace

    route = make_route(candidates=(replace(make_candidate(), operation="placeOrder"),))
    attributes = attributes_of(only_span(observe(make_batch([[("traceparent", SAMPLED)]]), route)).attributes)
    assert attributes["asyncwatch.operation.id"] == "placeOrder"


@pytest.mark.parametrize("headers", [[("b3", b"%s-%s-1" % (TRACE.encode(), SPAN.encode())), ("tracestate", b"a=1")]])
def test_the_trace_state_goes_with_its_own_header_only(headers):
    span = only_span(observe(make_batch([headers]), make_route()))
    assert (span.trace_id.hex(), span.parent_span_id.hex(), span.trace_state) == (TRACE, SPAN, "")
    assert attributes_of(span.attributes)["asyncwatch.context.format"] == "b3"
