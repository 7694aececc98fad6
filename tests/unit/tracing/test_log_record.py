"""A finding's log record means what the SDK's exporter would have written for the same event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.rules import RULES
from asyncwatch.tracing.attributes import event_name
from asyncwatch.tracing.log_record import EventEncoder
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, SAMPLED, SPAN, TRACE, UNSAMPLED, make_batch, make_route, observe
from unit.tracing.read import encode, value_of

PLACE = {
    "messaging.system": "kafka",
    "messaging.destination.name": "orders.created",
    "messaging.destination.partition.id": "3",
    "messaging.message.id": "orders.created.3.41",
    "messaging.kafka.offset": 41,
    "messaging.kafka.cluster.id": "MkU3OEVBNTcwNTJENDM2Qg",
    "server.address": "kafka.example.com",
    "server.port": 9092,
    "asyncwatch.spec.id": "urn:example:orders",
    "asyncwatch.channel": "orderCreated",
    "asyncwatch.message.name": "order_created",
}
VIOLATION = {
    "error.type": "payload.schema",
    "asyncwatch.violation.severity": "error",
    "asyncwatch.violation.path": "/amount",
    "asyncwatch.violation.keyword": "type",
    "asyncwatch.violation.schema_ref": "#/properties/amount/type",
    "asyncwatch.violation.expected": "number",
    "asyncwatch.violation.actual_type": "string",
}
SEQUENCE = {
    "asyncwatch.sequence.key": "k" * 16, "asyncwatch.sequence.expected": "10", "asyncwatch.sequence.actual": "7",
}  # fmt: skip
SENT_NS = NOW_NS - 3_000_000


def decode(written: bytes):
    (record,) = ScopeLogs.FromString(written).log_records
    return record


def event_of(obs, fault: Fault):
    return decode(EventEncoder(obs.route).of_fault(obs, 0, fault))


def meaning(record) -> dict[str, object]:
    assert len({one.key for one in record.attributes}) == len(record.attributes), "an attribute stands twice"
    return {
        "times": (record.time_unix_nano, record.observed_time_unix_nano),
        "severity": (record.severity_number, record.severity_text),
        "body": value_of(record.body),
        "attributes": {one.key: value_of(one.value) for one in record.attributes},
        "dropped": record.dropped_attributes_count,
        "trace": (record.trace_id.hex(), record.span_id.hex(), record.flags),
        "event": record.event_name,
    }


def by_sdk(name, number, word, body, attributes, *, trace=None, span=None, flags=1, time=SENT_NS, observed=NOW_NS):
    context = None
    if trace is not None:
        context = set_span_in_context(
            NonRecordingSpan(SpanContext(int(trace, 16), int(span, 16), True, TraceFlags(flags)))
        )
    record = LogRecord(
        timestamp=time, observed_timestamp=observed, context=context, severity_text=word,
        severity_number=SeverityNumber(number), body=body, attributes=attributes, event_name=name,
    )  # fmt: skip
    if context is None:
        record.trace_id, record.span_id, record.trace_flags = 0, 0, TraceFlags(0)
    encoded = encode_logs([ReadableLogRecord(record, Resource.get_empty())])
    return encoded.resource_logs[0].scope_logs[0].log_records[0]


def test_a_violation_stands_in_the_span_of_its_message():
    obs = observe(make_batch([[("traceparent", SAMPLED)]]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    obs.spans = encode(obs).own
    own = event_of(obs, BREAKS_SCHEMA)
    attributes = dict(meaning(own)["attributes"])
    _, fingerprint = attributes["asyncwatch.violation.fingerprint"]
    assert len(fingerprint) == 16
    theirs = by_sdk(
        "asyncwatch.violation", 17, "ERROR", BREAKS_SCHEMA.summary,
        {**PLACE, **VIOLATION, "asyncwatch.violation.fingerprint": fingerprint},
        trace=TRACE, span=obs.spans[0][16:].hex(),
    )  # fmt: skip
    assert meaning(own) == meaning(theirs)
    assert own.span_id.hex() != SPAN


def test_it_names_the_same_fingerprint_and_attributes_as_the_span_event():
    obs = observe(make_batch([[("traceparent", SAMPLED)]]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    from unit.tracing.read import only_span

    (event,) = only_span(obs).events
    own = meaning(event_of(obs, BREAKS_SCHEMA))
    assert event.name == own["event"]
    for one in event.attributes:
        assert own["attributes"][one.key] == value_of(one.value)


@pytest.mark.parametrize(("header", "flags"), [(SAMPLED, 1), (UNSAMPLED, 0)])
def test_without_a_span_of_ours_the_header_s_context_is_named(header, flags):
    obs = observe(make_batch([[("traceparent", header)]]), make_route())
    own = event_of(obs, BREAKS_SCHEMA)
    assert (own.trace_id.hex(), own.span_id.hex(), own.flags) == (TRACE, SPAN, flags)


def test_without_any_context_no_trace_is_named():
    own = event_of(observe(make_batch([[]]), make_route()), BREAKS_SCHEMA)
    assert (own.trace_id, own.span_id, own.flags) == (b"", b"", 0)


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({}, SENT_NS),
        ({"time_source": "broker"}, SENT_NS),
        ({"time_source": "none"}, NOW_NS),
        ({"sent_ns": [None]}, NOW_NS),
        ({"sent_ns": [NOW_NS + 1]}, NOW_NS),
        ({"sent_ns": [-5]}, NOW_NS),
    ],
)
def test_the_time_is_the_message_s_where_it_can_be_trusted(changes, time):
    own = event_of(observe(make_batch([[]], **changes), make_route()), BREAKS_SCHEMA)
    assert (own.time_unix_nano, own.observed_time_unix_nano) == (time, NOW_NS)


@pytest.mark.parametrize(
    ("rule", "severity", "number", "word", "more"),
    [
        ("sequence.out-of-order", "warning", 13, "WARN", SEQUENCE),
        ("sequence.conflict", "error", 17, "ERROR", SEQUENCE),
        ("sequence.restart", "info", 9, "INFO", SEQUENCE),
        ("event.late", "warning", 13, "WARN", {}),
        ("clock.skew", "warning", 13, "WARN", {}),
        ("context.invalid", "warning", 9, "INFO", {"asyncwatch.context.format": "invalid"}),
    ],
)
def test_the_other_rules_of_messages(rule, severity, number, word, more):
    numbers = (10, 7) if rule.startswith("sequence.") else None
    fault = Fault(rule=rule, severity=severity, summary="said in one line", key_hash="k" * 16, numbers=numbers)
    own = event_of(observe(make_batch([[]]), make_route()), fault)
    name = "asyncwatch." + rule.replace("-", "_")
    theirs = by_sdk(name, number, word, "said in one line", {**PLACE, **more})
    assert meaning(own) == meaning(theirs)


def test_a_finding_of_time_has_its_place_and_trace_where_it_knows_them():
    found = Finding(
        rule="sequence.lost", severity="error", summary="numbers 4 to 6 never came", server="production",
        channel="orderCreated", address="orders.created", time_ns=NOW_NS, partition=3, position=41, trace_id=TRACE,
        key_hash="k" * 16, message="OrderCreated",
    )  # fmt: skip
    own = decode(EventEncoder(make_route()).of_finding(found))
    theirs = by_sdk(
        "asyncwatch.sequence.lost", 17, "ERROR", found.summary, {**PLACE, "asyncwatch.sequence.key": "k" * 16},
        time=NOW_NS,
    )  # fmt: skip
    theirs.trace_id = bytes.fromhex(TRACE)
    assert meaning(own) == meaning(theirs)
    nowhere = replace_place(found)
    own = decode(EventEncoder(None).of_finding(nowhere))
    theirs = by_sdk(
        "asyncwatch.sequence.lost", 17, "ERROR", found.summary,
        {"messaging.destination.name": "orders.created", "asyncwatch.channel": "orderCreated",
         "asyncwatch.message.name": "OrderCreated", "asyncwatch.sequence.key": "k" * 16},
        time=NOW_NS,
    )  # fmt: skip
    assert meaning(own) == meaning(theirs)


def replace_place(found: Finding) -> Finding:
    from msgspec.structs import replace as changed

    return changed(found, partition=None, position=None, trace_id=None)


def test_lag_names_group_and_status():
    found = Finding(
        rule="lag.stopped", severity="warning", summary="billing stands still", server="production", channel=None,
        address="orders.created", time_ns=NOW_NS, group="billing", behind=(12, 1.5),
    )  # fmt: skip
    own = meaning(decode(EventEncoder(make_route()).of_finding(found)))
    assert own["attributes"]["asyncwatch.lag.messages"] == ("int_value", 12)
    assert own["attributes"]["asyncwatch.lag.seconds"] == ("double_value", 1.5)
    assert own["event"] == "asyncwatch.lag.stopped"
    assert own["severity"] == (13, "WARN")
    assert own["attributes"]["messaging.consumer.group.name"] == ("string_value", "billing")
    assert own["attributes"]["asyncwatch.lag.status"] == ("string_value", "stopped")


def test_what_was_held_back_is_one_event_with_a_number():
    own = meaning(
        decode(
            EventEncoder(make_route()).of_held_back(
                "payload.schema", "error", "orderCreated", "orders.created", 214, NOW_NS
            )
        )
    )
    assert own["event"] == "asyncwatch.violation"
    assert own["attributes"]["asyncwatch.suppressed"] == ("int_value", 214)
    assert own["attributes"]["error.type"] == ("string_value", "payload.schema")


def test_a_documented_address_with_parameters_stands_as_its_template_and_an_undocumented_one_as_it_is():
    route = make_route(address="orders.{region}", wildcard=True)
    batch = make_batch([[]], addresses=["orders.jane"])
    own = meaning(event_of(observe(batch, route), BREAKS_SCHEMA))
    assert own["attributes"]["messaging.destination.template"] == ("string_value", "orders.{region}")
    assert "jane" not in str(own)
    route = make_route(channels=(), candidates=(), address="_other", document=None)
    encoder = EventEncoder(route)
    fault = Fault(rule="channel.undocumented", severity="warning", summary="traffic on an address")
    for address in ("audit.raw", "audit.more"):
        obs = observe(make_batch([[]], addresses=[address]), route)
        own = meaning(decode(encoder.of_fault(obs, 0, fault)))
        assert own["attributes"]["messaging.destination.name"] == ("string_value", address)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_fixed_event_name(rule):
    name = event_name(rule)
    family = rule.partition(".")[0]
    if family in {"payload", "headers", "key", "message"}:
        assert name == "asyncwatch.violation"
    else:
        assert name == "asyncwatch." + rule.replace("-", "_")


def test_equal_causes_are_encoded_once_and_places_are_not_mixed_up():
    route = make_route()
    encoder = EventEncoder(route)
    headers = [[("traceparent", SAMPLED)]] * 3
    obs = observe(make_batch(headers, positions=[7, 8, 300_000_000_000]), route)
    found = [meaning(decode(encoder.of_fault(obs, row, BREAKS_SCHEMA))) for row in range(3)]
    again = [meaning(decode(EventEncoder(route).of_fault(obs, row, BREAKS_SCHEMA))) for row in range(3)]
    assert found == again
    assert [one["attributes"]["messaging.kafka.offset"][1] for one in found] == [7, 8, 300_000_000_000]
    other = observe(replace(make_batch(headers), partition=4), route)
    moved = meaning(decode(encoder.of_fault(other, 0, BREAKS_SCHEMA)))
    assert moved["attributes"]["messaging.destination.partition.id"] == ("string_value", "4")
