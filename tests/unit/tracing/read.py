"""Our spans, read back with the generated protobuf classes, in a form that can be compared."""

from __future__ import annotations

from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.observation import Observation
from asyncwatch.tracing.span import TransitEncoder, Transits


def encode(obs: Observation, **tracing) -> Transits:
    return TransitEncoder(obs.route, TracingSettings(**tracing)).encode(obs)


def decode(written: bytes) -> Span:
    (span,) = ScopeSpans.FromString(written).spans
    return span


def only_span(obs: Observation, **tracing) -> Span:
    transits = encode(obs, **tracing)
    (written,) = transits.plain + transits.violating
    return decode(written)


def value_of(value) -> object:
    kind = value.WhichOneof("value")
    return (kind, getattr(value, kind))


def attributes_of(attributes) -> dict[str, object]:
    found = {one.key: value_of(one.value)[1] for one in attributes}
    assert len(found) == len(attributes), "an attribute stands twice"
    return found


def meaning(span: Span) -> dict[str, object]:
    """Everything a span says, with typed attribute values, but for the flags' lower byte."""
    return {
        "ids": (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()),
        "trace_state": span.trace_state,
        "name": span.name,
        "kind": span.kind,
        "times": (span.start_time_unix_nano, span.end_time_unix_nano),
        "attributes": {one.key: value_of(one.value) for one in span.attributes},
        "events": [
            (one.name, one.time_unix_nano, {key.key: value_of(key.value) for key in one.attributes})
            for one in span.events
        ],
        "links": [
            (
                one.trace_id.hex(), one.span_id.hex(), one.trace_state, one.flags & ~0xFF,
                {key.key: value_of(key.value) for key in one.attributes},
            )
            for one in span.links
        ],
        "status": (span.status.code, span.status.message),
        "dropped": (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count),
        "remote": span.flags & ~0xFF,
    }  # fmt: skip
