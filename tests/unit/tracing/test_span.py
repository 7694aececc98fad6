from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

import asyncwatch.tracing.attributes
from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.finding import Fault
from asyncwatch.model.state import STATES
from asyncwatch.tracing.span import MAX_AGE_NS, TransitEncoder
from unit.tracing.build import (
    BREAKS_SCHEMA,
    NOW_NS,
    SAMPLED,
    UNSAMPLED,
    make_batch,
    make_candidate,
    make_route,
    observe,
    sampled_headers,
)
from unit.tracing.read import attributes_of, decode, encode, only_span

ONE = [[("traceparent", SAMPLED)]]


def only_attributes(obs, **tracing):
    return attributes_of(only_span(obs, **tracing).attributes)


def test_only_sampled_contexts_give_spans():
    headers = [
        ONE[0],
        [("traceparent", UNSAMPLED)],
        [],
        [("traceparent", b"bad")],
        [("traceparent", SAMPLED[:-1] + b"3")],
    ]
    transits = encode(observe(make_batch(headers), make_route()))
    positions = [attributes_of(decode(one).attributes)["messaging.kafka.offset"] for one in transits.plain]
    assert positions == [41, 45]
    assert (transits.violating, transits.left_out) == ([], {})


def test_the_span_id_is_cut_from_the_hash_of_the_place():
    text = "asyncwatch/1/span/T\x1fkafka\x1fMkU3OEVBNTcwNTJENDM2Qg\x1forders.created\x1f3\x1f41"
    assert only_span(observe(make_batch(ONE), make_route())).span_id == sha256(text.encode()).digest()[:8]


def test_a_root_takes_its_trace_id_from_the_place_as_well():
    text = "asyncwatch/1/trace\x1fkafka\x1fMkU3OEVBNTcwNTJENDM2Qg\x1forders.created\x1f3\x1f41"
    assert (
        only_span(observe(make_batch(ONE), make_route()), relation="link").trace_id
        == sha256(text.encode()).digest()[:16]
    )


def test_the_same_message_gives_the_same_bytes_again():
    first = encode(observe(make_batch(sampled_headers(50)), make_route()))
    again = encode(observe(make_batch(sampled_headers(50)), make_route()))
    assert first == again


def test_cutting_a_batch_changes_no_byte():
    headers = sampled_headers(300)
    whole = make_batch(headers, positions=list(range(16_250, 16_550)))
    route, encoder = make_route(), TransitEncoder(make_route(), TracingSettings())
    expected = encoder.encode(observe(whole, route)).plain
    for cut in (1, 130, 134, 299):
        left = make_batch(headers[:cut], positions=list(range(16_250, 16_250 + cut)))
        right = make_batch(headers[cut:], positions=list(range(16_250 + cut, 16_550)))
        found = [one for part in (left, right) for one in encoder.encode(observe(part, route)).plain]
        assert found == expected


@pytest.mark.parametrize("position", [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**56, 2**62, 2**63 - 1])
def test_offsets_of_any_size_are_written_right(position):
    attributes = only_attributes(observe(make_batch(ONE, positions=[position]), make_route()))
    assert attributes["messaging.kafka.offset"] == position
    assert attributes["messaging.message.id"] == f"orders.created.3.{position}"


@pytest.mark.parametrize("position", [-1, -(2**63), 2**63, 2**64, 2**200, -(2**200)])
def test_a_position_that_no_broker_has_harms_nothing(position):
    only_span(observe(make_batch(ONE, positions=[position]), make_route()))


@pytest.mark.parametrize("age_ns", [MAX_AGE_NS + 1, 10**30])
def test_an_old_message_gets_no_span_and_is_counted(age_ns):
    transits = encode(observe(make_batch(ONE, sent_ns=[NOW_NS - age_ns]), make_route()))
    assert (transits.plain, transits.left_out) == ([], {"too_old": 1})
    assert encode(observe(make_batch(ONE, sent_ns=[NOW_NS - MAX_AGE_NS]), make_route())).plain != []


@pytest.mark.parametrize(
    ("sent_ns", "observed_ns"), [(10**30, 10**30), (-5, 10), (None, 2**64), (2**64, 2**65), (-(10**30), 0)]
)
def test_times_that_no_span_can_hold_are_left_out(sent_ns, observed_ns):
    obs = observe(make_batch(ONE, sent_ns=[sent_ns], observed_ns=[observed_ns]), make_route())
    assert encode(obs).left_out == {"too_old": 1}


def test_a_tombstone_has_no_size():
    attributes = only_attributes(observe(make_batch(ONE, payloads=[None]), make_route()))
    assert "messaging.message.body.size" not in attributes
    assert attributes["messaging.kafka.message.tombstone"] is True
    empty = only_attributes(observe(make_batch(ONE, payloads=[b""]), make_route()))
    assert empty["messaging.message.body.size"] == 0
    assert "messaging.kafka.message.tombstone" not in empty


def test_every_state_has_its_word():
    for code, word in enumerate(STATES):
        obs = observe(make_batch(ONE), make_route())
        obs.state[0] = code
        assert only_attributes(obs)["asyncwatch.validation.result"] == word


def test_no_chosen_message_has_no_name():
    obs = observe(make_batch(ONE), make_route(candidates=(make_candidate(), make_candidate("OrderPaid"))))
    obs.message = [-1]
    attributes = only_attributes(obs)
    assert "asyncwatch.message.name" not in attributes
    assert attributes["asyncwatch.channel"] == "orderCreated"


def test_a_message_without_a_name_is_called_by_its_key():
    obs = observe(make_batch(ONE), make_route(candidates=(make_candidate("OrderPaid", None),)))
    assert only_attributes(obs)["asyncwatch.message.name"] == "OrderPaid"


def test_a_resolved_address_stands_nowhere_on_the_span():
    route = make_route(address="orders.{customer}", filter="orders.{customer}", wildcard=True)
    batch = make_batch(sampled_headers(2), addresses=["orders.jane-doe", "orders.john-doe"], positions=[7, 7])
    transits = encode(observe(batch, route))
    assert b"doe" not in b"".join(transits.plain)
    first, second = map(decode, transits.plain)
    attributes = attributes_of(first.attributes)
    assert first.name == "transit orders.{customer}"
    assert attributes["messaging.destination.template"] == "orders.{customer}"
    assert not {"messaging.destination.name", "messaging.message.id"} & set(attributes)
    assert first.span_id != second.span_id, "the real address still counts for the id"


def test_an_undocumented_address_has_its_name_but_no_channel():
    route = make_route(channels=(), candidates=(), address="audit.raw", filter="", spec_id=None, document=None)
    span = only_span(observe(make_batch(ONE, addresses=["audit.raw"]), route))
    attributes = attributes_of(span.attributes)
    assert (span.name, attributes["messaging.destination.name"]) == ("transit audit.raw", "audit.raw")
    assert not {"asyncwatch.channel", "asyncwatch.message.name", "asyncwatch.spec.id"} & set(attributes)
    assert attributes["asyncwatch.validation.result"] == "unchecked"


def test_host_and_port_are_no_cluster_id():
    for cluster in ("kafka.example.com:9092", "kafka.example.com", "a:1,b:2", ""):
        attributes = only_attributes(observe(make_batch(ONE), make_route(cluster=cluster)))
        assert "messaging.kafka.cluster.id" not in attributes


def test_other_systems_have_no_kafka_attributes():
    attributes = only_attributes(observe(make_batch(ONE, partition=None), make_route(protocol="amqp", cluster="h:1")))
    assert attributes["messaging.system"] == "rabbitmq"
    assert not [key for key in attributes if "kafka" in key or "partition" in key]


def test_an_address_made_up_for_one_connection_is_not_in_the_name():
    route = make_route(protocol="nats", channels=(), candidates=(), address="_INBOX.x7", cluster="h:1")
    assert only_span(observe(make_batch(ONE), route)).name == "transit kafka.example.com:9092"


def test_texts_are_cut_at_256_bytes_of_valid_utf8():
    route = make_route(spec_id="ü" * 300, address="a" * 249, candidates=(make_candidate("\ud800" * 300, None),))
    attributes = only_attributes(observe(make_batch(ONE, partition=123_456_789, positions=[2**62]), route))
    assert attributes["asyncwatch.spec.id"] == "ü" * 128
    assert attributes["asyncwatch.message.name"] == "?" * 256
    assert len(attributes["messaging.message.id"]) == 256


def test_the_extension_brings_its_own_trace_state():
    headers = [("ce_traceparent", SAMPLED), ("ce_tracestate", b"a=1"), ("tracestate", b"b=2")]
    span = only_span(observe(make_batch([headers]), make_route()))
    assert span.trace_state == "a=1"
    assert attributes_of(span.attributes)["asyncwatch.context.format"] == "cloudevents"


@pytest.mark.parametrize("extension", [SAMPLED, SAMPLED[:-2] + b"00", b"bad"])
def test_the_same_or_no_origin_is_no_link(extension):
    headers = [("traceparent", SAMPLED), ("ce_traceparent", extension)]
    assert list(only_span(observe(make_batch([headers]), make_route())).links) == []


def test_flags_pass_sampled_and_random_only():
    span = only_span(observe(make_batch([[("traceparent", SAMPLED[:-2] + b"ff")]]), make_route()))
    assert span.flags == 0x303


def test_a_warning_makes_no_error_but_is_a_violation():
    obs = observe(make_batch(ONE), make_route())
    obs.faults = [(0, replace_severity("warning"))]
    transits = encode(obs)
    (span,) = map(decode, transits.violating)
    assert span.status.code == 0
    assert "error.type" not in attributes_of(span.attributes)
    assert [event.name for event in span.events] == ["asyncwatch.violation"]


def test_an_info_does_not_make_a_span_worth_more():
    obs = observe(make_batch([[("traceparent", SAMPLED), ("traceparent", SAMPLED)]]), make_route())
    transits = encode(obs)
    assert len(transits.plain) == 1
    assert [event.name for event in decode(transits.plain[0]).events] == ["asyncwatch.context.duplicate"]


def test_eight_events_at_most_and_the_others_counted():
    obs = observe(make_batch(ONE), make_route())
    obs.faults = [(0, replace_path(f"/f{n}")) for n in range(20)]
    span = only_span(obs)
    paths = [attributes_of(event.attributes)["asyncwatch.violation.path"] for event in span.events]
    assert paths == [f"/f{n}" for n in range(8)]
    assert span.dropped_events_count == 12


def test_a_header_that_did_not_parse_is_told_by_reason():
    obs = observe(make_batch([[("traceparent", b"bad"), ("ce_traceparent", SAMPLED)]]), make_route())
    (event,) = only_span(obs).events
    assert event.name == "asyncwatch.context.invalid"
    assert attributes_of(event.attributes) == {
        "asyncwatch.context.format": "invalid",
        "asyncwatch.context.reason": "shorter than 55 characters",
    }


def test_no_key_payload_or_header_value_is_in_the_bytes():
    headers = [("traceparent", SAMPLED), ("x-secret", b"canary"), ("tracestate", b"a=1")]
    obs = observe(make_batch([headers], payloads=[b'{"canary":"canary"}'], keys=[b"canary"]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    assert b"canary" not in b"".join(encode(obs).violating)


def test_every_key_on_a_span_stands_in_the_one_table():
    table = {value for value in vars(asyncwatch.tracing.attributes).values() if isinstance(value, str)}
    obs = observe(
        make_batch([[*ONE[0], ("ce_traceparent", b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01")]]), make_route()
    )
    obs.faults = [(0, BREAKS_SCHEMA)]
    span = only_span(obs)
    keys = [one.key for part in (span, *span.events, *span.links) for one in part.attributes]
    assert set(keys) <= table
    folder = Path(asyncwatch.tracing.attributes.__file__).parent
    inline = re.compile(r'"(messaging|asyncwatch|server|telemetry|service|error)\.[a-z_.]+"')
    for path in folder.glob("*.py"):
        if path.name != "attributes.py":
            assert not inline.search(path.read_text()), path.name


def replace_severity(severity: str) -> Fault:
    return Fault(**{**as_fields(BREAKS_SCHEMA), "severity": severity})


def replace_path(path: str) -> Fault:
    return Fault(**{**as_fields(BREAKS_SCHEMA), "path": path})


def as_fields(fault: Fault) -> dict[str, object]:
    return {name: getattr(fault, name) for name in fault.__struct_fields__}


def test_a_batch_without_contexts_gives_no_spans():
    route = make_route()
    obs = observe(make_batch([[]] * 3), route)
    assert encode(obs).plain == []
    obs.context = None
    assert encode(obs).plain == []
