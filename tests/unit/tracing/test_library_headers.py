"""Headers as instrumentation libraries of several makes and generations write them onto messages."""

from __future__ import annotations

import pytest

from unit.tracing.build import SPAN, TRACE, observe_headers

CONTEXT = f"00-{TRACE}-{SPAN}-01"
OLDER = f"00-{'a' * 32}-{'b' * 16}-01"

LIBRARIES = [
    ("python, appended again by a retry: the last counts", [("traceparent", OLDER), ("traceparent", CONTEXT)], 1),
    ("python, state beside it", [("traceparent", CONTEXT), ("tracestate", "rojo=00f067aa0ba902b7")], 0),
    ("python, baggage beside it", [("baggage", "tenant=a;x=1"), ("traceparent", CONTEXT)], 0),
    ("java, replaced", [("traceparent", CONTEXT)], 0),
    ("java, piled up by retries", [("traceparent", OLDER)] * 3 + [("traceparent", CONTEXT)], 1),
    ("spring, among its own headers", [("spring_json_header_types", "{}"), ("traceparent", CONTEXT), ("b3", f"{'c' * 32}-{'d' * 16}-1")], 0),
    ("spring cloud sleuth", [("b3", f"{TRACE}-{SPAN}-1")], 0),
    ("brave, several headers", [("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-Sampled", "1"), ("X-B3-ParentSpanId", "c" * 16)], 0),
    ("go on nats, canonical case", [("Traceparent", CONTEXT), ("Tracestate", "a=1")], 0),
    ("node, lower case", [("traceparent", CONTEXT), ("tracestate", "")], 0),
    ("faststream", [("content-type", "application/json"), ("correlation_id", "c-1"), ("traceparent", CONTEXT)], 0),
    ("datadog beside W3C", [("x-datadog-trace-id", "1"), ("x-datadog-parent-id", "2"), ("traceparent", CONTEXT)], 0),
    ("datadog alone", [("x-datadog-trace-id", str(int(TRACE[16:], 16))), ("x-datadog-parent-id", str(int(SPAN, 16))), ("x-datadog-sampling-priority", "1"), ("x-datadog-tags", f"_dd.p.tid={TRACE[:16]},_dd.p.dm=-0")], 0),
    ("jaeger client", [("uber-trace-id", f"{TRACE}:{SPAN}:0:1"), ("uberctx-tenant", "a")], 0),
    ("aws", [("AWSTraceHeader", f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={SPAN};Sampled=1")], 0),
    ("cloudevents sdk on kafka", [("ce_id", "1"), ("ce_traceparent", CONTEXT)], 0),
    ("cloudevents behind a proxy that starts a hop", [("ce_traceparent", OLDER), ("traceparent", CONTEXT)], 0),
]  # fmt: skip


@pytest.mark.parametrize("kind", [bytes, str])
@pytest.mark.parametrize(("headers", "duplicates"), [row[1:] for row in LIBRARIES], ids=[row[0] for row in LIBRARIES])
def test_the_context_of_a_library_is_found(headers, duplicates, kind):
    wire = [(name, value.encode() if kind is bytes else value) for name, value in headers]
    obs = observe_headers(wire)
    assert obs.context == [CONTEXT.encode()]
    assert [fault.rule for _, fault in obs.faults] == ["context.duplicate"] * duplicates


def test_a_context_of_the_start_and_of_the_last_hop_are_told_apart_by_a_link():
    from unit.tracing.read import attributes_of, only_span

    obs = observe_headers([("ce_traceparent", OLDER.encode()), ("traceparent", CONTEXT.encode())])
    span = only_span(obs)
    assert span.parent_span_id.hex() == SPAN
    (link,) = span.links
    assert link.span_id.hex() == "b" * 16
    assert attributes_of(link.attributes) == {"asyncwatch.link.kind": "ce_origin"}
