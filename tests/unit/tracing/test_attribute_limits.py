"""The standard limits, applied to finished bytes, against the same done by hand to the decoded message."""

from __future__ import annotations

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

from asyncwatch.config.settings import Limits
from asyncwatch.model.finding import Fault
from asyncwatch.tracing.limits import LOG_RECORD, SPAN, AttributeLimits
from asyncwatch.tracing.log_record import EventEncoder
from unit.tracing.build import BREAKS_SCHEMA, SAMPLED, make_batch, make_route, observe
from unit.tracing.read import encode

ORIGIN = b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01"
LIMITS = [
    Limits(value_chars=0), Limits(value_chars=3), Limits(value_chars=10_000), Limits(attributes=0),
    Limits(attributes=5), Limits(attributes=128), Limits(events=0), Limits(events=3), Limits(events=128),
    Limits(links=0), Limits(links=1), Limits(value_chars=2, attributes=3, events=1, links=0),
]  # fmt: skip


def written_span() -> bytes:
    obs = observe(make_batch([[("traceparent", SAMPLED), ("ce_traceparent", ORIGIN)]]), make_route(spec_id="ü" * 90))
    late = Fault(rule="event.late", severity="warning", summary="late")
    obs.faults = [(0, BREAKS_SCHEMA)] * 7 + [(0, late)] * 6
    (written,) = encode(obs).violating
    return written


def written_record() -> bytes:
    obs = observe(make_batch([[("traceparent", SAMPLED)]]), make_route(spec_id="ü" * 90))
    return EventEncoder(obs.route).of_fault(obs, 0, BREAKS_SCHEMA)


def limit_attributes(message, limits: Limits) -> None:
    if limits.attributes is not None:
        message.dropped_attributes_count += max(len(message.attributes) - limits.attributes, 0)
        del message.attributes[limits.attributes :]
    if limits.value_chars is not None:
        for one in message.attributes:
            if one.value.HasField("string_value"):
                one.value.string_value = one.value.string_value[: limits.value_chars]


def limit_span(span, limits: Limits) -> None:
    limit_attributes(span, limits)
    for part, dropped, most in (("events", "dropped_events_count", limits.events),
                                ("links", "dropped_links_count", limits.links)):  # fmt: skip
        things = getattr(span, part)
        if most is not None:
            setattr(span, dropped, getattr(span, dropped) + max(len(things) - most, 0))
            del things[most:]
        for thing in things:
            limit_attributes(thing, limits)


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_a_span_is_cut_down_as_by_hand(limits):
    written = written_span()
    wanted = ScopeSpans.FromString(written)
    limit_span(wanted.spans[0], limits)
    (cut,) = AttributeLimits.of(limits, SPAN).apply([written])
    assert ScopeSpans.FromString(cut) == wanted


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_a_record_is_cut_down_as_by_hand(limits):
    written = written_record()
    wanted = ScopeLogs.FromString(written)
    limit_attributes(wanted.log_records[0], limits)
    (cut,) = AttributeLimits.of(limits, LOG_RECORD).apply([written])
    assert ScopeLogs.FromString(cut) == wanted


def test_without_limits_nothing_is_taken_apart():
    assert AttributeLimits.of(Limits(), SPAN) is None
