"""Headers of one message → its context, in the formats beside W3C's, and in which order formats are tried."""

from __future__ import annotations

import pytest

from asyncwatch.checks.context import ContextCheck
from asyncwatch.config.otel_propagators import read_propagators
from asyncwatch.tracing.formats.table import DEFAULT_ORDER
from unit.tracing.build import SPAN, TRACE, make_batch, make_route, observe, observe_headers

LOW = TRACE[16:]
KEPT = f"00-{TRACE}-{SPAN}-01"
CUT = f"00-{TRACE}-{SPAN}-00"
SHORT = f"00-{'0' * 16}{LOW}-{SPAN}-01"
LOW_DECIMAL, SPAN_DECIMAL = str(int(LOW, 16)), str(int(SPAN, 16))
ROOT = f"Root=1-{TRACE[:8]}-{TRACE[8:]}"
OTHER = "00-" + "c" * 32 + "-" + "d" * 16 + "-01"

READ = [
    ("b3 single", "b3", [("b3", f"{TRACE}-{SPAN}-1")], KEPT),
    ("b3 single not sampled", "b3", [("b3", f"{TRACE}-{SPAN}-0")], CUT),
    ("b3 single debug", "b3", [("b3", f"{TRACE}-{SPAN}-d")], KEPT),
    ("b3 single deferred", "b3", [("b3", f"{TRACE}-{SPAN}")], KEPT),
    ("b3 single with a parent", "b3", [("b3", f"{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90")], KEPT),
    ("b3 single, short trace id", "b3", [("b3", f"{LOW}-{SPAN}-1")], SHORT),
    ("b3 single, upper case name", "b3", [("B3", f"{TRACE}-{SPAN}-1")], KEPT),
    ("b3 single, spaces around", "b3", [("b3", f" {TRACE}-{SPAN}-1\t")], KEPT),
    ("b3 single before multi", "b3", [("x-b3-traceid", "c" * 32), ("x-b3-spanid", "d" * 16), ("b3", f"{TRACE}-{SPAN}-1")], KEPT),
    ("b3 multi", "b3", [("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-Sampled", "1")], KEPT),
    ("b3 multi not sampled", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "0")], CUT),
    ("b3 multi in words", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "false")], CUT),
    ("b3 multi deferred", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)], KEPT),
    ("b3 multi debug", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-flags", "1")], KEPT),
    ("b3 multi debug beats not sampled", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "0"), ("x-b3-flags", "1")], KEPT),
    ("b3 multi, short trace id", "b3", [("x-b3-traceid", LOW), ("x-b3-spanid", SPAN)], SHORT),
    ("datadog", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-sampling-priority", "1")], SHORT),
    ("datadog with the upper half", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-tags", f"_dd.p.dm=-1,_dd.p.tid={TRACE[:16]}")], KEPT),
    ("datadog kept by a user", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-sampling-priority", "2")], SHORT),
    ("datadog dropped", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-sampling-priority", "0")], SHORT[:-1] + "0"),
    ("datadog dropped by a user", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-sampling-priority", "-1")], SHORT[:-1] + "0"),
    ("datadog, unreadable priority", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-sampling-priority", "high")], SHORT),
    ("datadog, upper half in upper case", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL), ("x-datadog-tags", f"_dd.p.tid={TRACE[:16].upper()}")], SHORT),
    ("datadog, greatest id", "datadog", [("x-datadog-trace-id", str(2**64 - 1)), ("x-datadog-parent-id", SPAN_DECIMAL)], f"00-{'0' * 16}{'f' * 16}-{SPAN}-01"),
    ("jaeger", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:0:1")], KEPT),
    ("jaeger not sampled", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:0:0")], CUT),
    ("jaeger debug", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:0:3")], KEPT),
    ("jaeger debug without sampled", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:0:2")], CUT),
    ("jaeger short trace id", "jaeger", [("uber-trace-id", f"{LOW}:{SPAN}:0:1")], SHORT),
    ("jaeger without leading zeros", "jaeger", [("uber-trace-id", "1f:2e:0:1")], f"00-{'1f'.rjust(32, '0')}-{'2e'.rjust(16, '0')}-01"),
    ("jaeger percent-encoded", "jaeger", [("uber-trace-id", f"{TRACE}%3A{SPAN}%3a0%3A1")], KEPT),
    ("xray", "xray", [("X-Amzn-Trace-Id", f"{ROOT};Parent={SPAN};Sampled=1")], KEPT),
    ("xray not sampled", "xray", [("x-amzn-trace-id", f"{ROOT};Parent={SPAN};Sampled=0")], CUT),
    ("xray in another order", "xray", [("x-amzn-trace-id", f"Sampled=1;Parent={SPAN};{ROOT}")], KEPT),
    ("xray, unknown keys", "xray", [("x-amzn-trace-id", f"Self=1-2-3;{ROOT};Parent={SPAN};Sampled=1;Lineage=a87bd80c:1|68fd508a:5")], KEPT),
    ("xray, asked for", "xray", [("x-amzn-trace-id", f"{ROOT};Parent={SPAN};Sampled=?")], CUT),
    ("xray, no sampling state", "xray", [("x-amzn-trace-id", f"{ROOT};Parent={SPAN}")], CUT),
    ("xray on queues", "xray", [("AWSTraceHeader", f"{ROOT};Parent={SPAN};Sampled=1")], KEPT),
    ("xray, spaces and a last semicolon", "xray", [("x-amzn-trace-id", f" {ROOT}; Parent={SPAN}; Sampled=1; ")], KEPT),
    ("ottrace", "ottrace", [("ot-tracer-traceid", LOW), ("ot-tracer-spanid", SPAN), ("ot-tracer-sampled", "true")], SHORT),
    ("ottrace not sampled", "ottrace", [("ot-tracer-traceid", TRACE), ("ot-tracer-spanid", SPAN), ("ot-tracer-sampled", "false")], CUT),
    ("ottrace without leading zeros", "ottrace", [("ot-tracer-traceid", "1f"), ("ot-tracer-spanid", "2e"), ("ot-tracer-sampled", "true")], f"00-{'1f'.rjust(32, '0')}-{'2e'.rjust(16, '0')}-01"),
]  # fmt: skip

UNREADABLE = [
    ("b3 empty", "b3", [("b3", "")]),
    ("b3 one part", "b3", [("b3", TRACE)]),
    ("b3 five parts", "b3", [("b3", f"{TRACE}-{SPAN}-1-{SPAN}-x")]),
    ("b3 trace id of 31 digits", "b3", [("b3", f"{TRACE[:31]}-{SPAN}-1")]),
    ("b3 trace id no hex", "b3", [("b3", f"{'g' * 32}-{SPAN}-1")]),
    ("b3 trace id of zeros", "b3", [("b3", f"{'0' * 32}-{SPAN}-1")]),
    ("b3 span id of zeros", "b3", [("b3", f"{TRACE}-{'0' * 16}-1")]),
    ("b3 span id too short", "b3", [("b3", f"{TRACE}-{SPAN[1:]}-1")]),
    ("b3 unknown sampling", "b3", [("b3", f"{TRACE}-{SPAN}-2")]),
    ("b3 bad parent", "b3", [("b3", f"{TRACE}-{SPAN}-1-xyz")]),
    ("b3 not ASCII", "b3", [("b3", "é")]),
    ("b3 multi without a span id", "b3", [("x-b3-traceid", TRACE)]),
    ("b3 multi without a trace id", "b3", [("x-b3-spanid", SPAN)]),
    ("b3 multi, bad sampling", "b3", [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "perhaps")]),
    ("datadog hex", "datadog", [("x-datadog-trace-id", LOW), ("x-datadog-parent-id", SPAN_DECIMAL)]),
    ("datadog too great", "datadog", [("x-datadog-trace-id", str(2**64)), ("x-datadog-parent-id", SPAN_DECIMAL)]),
    ("datadog zero", "datadog", [("x-datadog-trace-id", "0"), ("x-datadog-parent-id", SPAN_DECIMAL)]),
    ("datadog parent zero", "datadog", [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", "0")]),
    ("datadog negative", "datadog", [("x-datadog-trace-id", "-1"), ("x-datadog-parent-id", SPAN_DECIMAL)]),
    ("datadog without a parent", "datadog", [("x-datadog-trace-id", LOW_DECIMAL)]),
    ("datadog without a trace", "datadog", [("x-datadog-parent-id", SPAN_DECIMAL)]),
    ("jaeger three parts", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:1")]),
    ("jaeger zero trace", "jaeger", [("uber-trace-id", f"0:{SPAN}:0:1")]),
    ("jaeger zero span", "jaeger", [("uber-trace-id", f"{TRACE}:0:0:1")]),
    ("jaeger too long", "jaeger", [("uber-trace-id", f"0{TRACE}:{SPAN}:0:1")]),
    ("jaeger flags no hex", "jaeger", [("uber-trace-id", f"{TRACE}:{SPAN}:0:x")]),
    ("jaeger empty", "jaeger", [("uber-trace-id", "")]),
    ("xray without a root", "xray", [("x-amzn-trace-id", f"Parent={SPAN};Sampled=1")]),
    ("xray bad version", "xray", [("x-amzn-trace-id", f"Root=2-{TRACE[:8]}-{TRACE[8:]};Parent={SPAN};Sampled=1")]),
    ("xray bad parent", "xray", [("x-amzn-trace-id", f"{ROOT};Parent=xyz;Sampled=1")]),
    ("xray bad sampling", "xray", [("x-amzn-trace-id", f"{ROOT};Parent={SPAN};Sampled=2")]),
    ("xray no pairs", "xray", [("x-amzn-trace-id", "nonsense")]),
    ("ottrace without a span", "ottrace", [("ot-tracer-traceid", LOW)]),
    ("ottrace no hex", "ottrace", [("ot-tracer-traceid", "xyz"), ("ot-tracer-spanid", SPAN)]),
]  # fmt: skip

SILENT = [
    ("b3 that only says not sampled", [("b3", "0")]),
    ("b3 that only says sampled", [("b3", "1")]),
    ("b3 multi that only says sampled", [("x-b3-sampled", "1")]),
    ("datadog with a priority only", [("x-datadog-sampling-priority", "1")]),
    ("xray without a parent", [("x-amzn-trace-id", ROOT)]),
    ("jaeger baggage only", [("uberctx-user", "17")]),
    ("W3C baggage only", [("baggage", "a=1")]),
    ("ottrace, which nobody asked for", [("ot-tracer-traceid", LOW), ("ot-tracer-spanid", SPAN)]),
]  # fmt: skip


def wire(headers):
    return [(name, value.encode("utf-8")) for name, value in headers]


def every_format():
    return make_route(context_formats=(*DEFAULT_ORDER, "ottrace"))


@pytest.mark.parametrize(("word", "headers", "context"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_a_context_is_read_and_counted_under_its_format(word, headers, context):
    route = every_format()
    check = ContextCheck(route)
    obs = observe(make_batch([wire(headers)]), route, check)
    assert obs.context == [context.encode()]
    assert obs.context_format == {0: word}
    assert getattr(check.statistics(), word) == 1
    assert check.statistics().none == check.statistics().invalid == 0
    assert obs.faults == []


@pytest.mark.parametrize(("word", "headers"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_a_context_that_does_not_parse_is_none_and_said(word, headers):
    route = every_format()
    check = ContextCheck(route)
    obs = observe(make_batch([wire(headers)]), route, check)
    assert obs.context == [None]
    assert check.statistics().invalid == 1
    assert [fault.rule for _, fault in obs.faults] == ["context.invalid"]
    (fault,) = (fault for _, fault in obs.faults)
    assert all(value == "" or value not in fault.summary for _, value in headers)


@pytest.mark.parametrize("headers", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_headers_that_name_no_span_are_no_context_and_no_fault(headers):
    obs = observe_headers(wire(headers))
    assert obs.context == [None]
    assert obs.faults == []


@pytest.mark.parametrize(("word", "headers", "context"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_text_and_bytes_are_read_alike(word, headers, context):
    route = every_format()
    obs = observe(make_batch([headers]), route, ContextCheck(route))
    assert obs.context == [context.encode()]


def test_the_first_format_of_the_order_that_parses_wins():
    headers = wire([("uber-trace-id", f"{'a' * 32}:{SPAN}:0:1"), ("b3", f"{TRACE}-{SPAN}-1"), ("traceparent", OTHER)])
    found = {}
    for order in (("tracecontext", "b3", "jaeger"), ("b3", "tracecontext"), ("jaeger", "b3"), ("datadog",), ()):
        route = make_route(context_formats=order)
        found[order] = observe(make_batch([headers]), route).context[0]
    assert found == {
        ("tracecontext", "b3", "jaeger"): OTHER.encode(),
        ("b3", "tracecontext"): KEPT.encode(),
        ("jaeger", "b3"): f"00-{'a' * 32}-{SPAN}-01".encode(),
        ("datadog",): None,
        (): None,
    }


def test_a_broken_first_format_leaves_the_next_one_its_turn_and_is_said():
    route = make_route()
    check = ContextCheck(route)
    obs = observe(make_batch([wire([("traceparent", "bad"), ("b3", f"{TRACE}-{SPAN}-1")])]), route, check)
    assert obs.context == [KEPT.encode()]
    assert (check.statistics().b3, check.statistics().invalid) == (1, 0)
    assert [fault.path for _, fault in obs.faults] == ["/traceparent"]


def test_formats_are_told_apart_row_by_row_in_one_batch():
    rows = [
        [("traceparent", OTHER)], [("b3", f"{TRACE}-{SPAN}-1")], [], [("uber-trace-id", f"{TRACE}:{SPAN}:0:1")],
        [("traceparent", OTHER), ("b3", f"{TRACE}-{SPAN}-1")], [("x-amzn-trace-id", f"{ROOT};Parent={SPAN};Sampled=1")],
    ]  # fmt: skip
    for order in (DEFAULT_ORDER, ("b3", "tracecontext", "jaeger", "xray"), ("xray", "jaeger", "b3", "tracecontext")):
        route = make_route(context_formats=order)
        obs = observe(make_batch([wire(row) for row in rows]), route)
        single = [observe(make_batch([wire(row)]), make_route(context_formats=order)) for row in rows]
        assert obs.context == [one.context[0] for one in single]
        assert obs.context_format == {
            row: one.context_format[0] for row, one in enumerate(single) if one.context_format
        }


@pytest.mark.parametrize(
    ("given", "formats", "warned"),
    [
        ("", None, 0),
        ("tracecontext,baggage", ("tracecontext", "cloudevents"), 0),
        ("b3,tracecontext", ("b3", "tracecontext", "cloudevents"), 0),
        ("b3multi, B3", ("b3",), 0),
        ("cloudevents,tracecontext", ("cloudevents", "tracecontext"), 0),
        ("ottrace", ("ottrace",), 0),
        ("none", (), 0),
        ("baggage", (), 0),
        ("zipkin", None, 1),
        ("zipkin,jaeger", ("jaeger",), 1),
    ],
)
def test_the_variable_of_propagators_chooses_formats_and_their_order(given, formats, warned):
    found, warnings = read_propagators({"OTEL_PROPAGATORS": given})
    assert found == formats
    assert len(warnings) == warned
    assert all("zipkin" not in warning for warning in warnings)
