"""Headers of one message → its context, after the cases of the W3C suites."""

from __future__ import annotations

import pytest

from unit.tracing.build import SPAN, TRACE, observe_headers

GOOD = f"00-{TRACE}-{SPAN}-01"
OTHER = "00-" + "c" * 32 + "-" + "d" * 16 + "-00"

VALID = [
    ("plain", [("traceparent", GOOD)], GOOD),
    ("not sampled", [("traceparent", GOOD[:-2] + "00")], GOOD[:-2] + "00"),
    ("random flag", [("traceparent", GOOD[:-2] + "02")], GOOD[:-2] + "02"),
    ("random and sampled", [("traceparent", GOOD[:-2] + "03")], GOOD[:-2] + "03"),
    ("unknown flag bits", [("traceparent", GOOD[:-2] + "ff")], GOOD[:-2] + "ff"),
    ("name in title case", [("Traceparent", GOOD)], GOOD),
    ("name in mixed case", [("TraceParent", GOOD)], GOOD),
    ("name in upper case", [("TRACEPARENT", GOOD)], GOOD),
    ("space before", [("traceparent", " " + GOOD)], GOOD),
    ("tab before", [("traceparent", "\t" + GOOD)], GOOD),
    ("space after", [("traceparent", GOOD + " ")], GOOD),
    ("tab after", [("traceparent", GOOD + "\t")], GOOD),
    ("white space around", [("traceparent", "\t " + GOOD + " \t")], GOOD),
    ("version cc, nothing more", [("traceparent", "cc" + GOOD[2:])], GOOD),
    ("version cc, more after a dash", [("traceparent", "cc" + GOOD[2:] + "-what-the-future-will-be-like")], GOOD),
    ("version cc, a last dash", [("traceparent", "cc" + GOOD[2:] + "-")], GOOD),
    ("version 01", [("traceparent", "01" + GOOD[2:])], GOOD),
    ("version fe", [("traceparent", "fe" + GOOD[2:] + "-x")], GOOD),
    (
        "sixteen zeros in the trace id",
        [("traceparent", f"00-{'0' * 16}{TRACE[16:]}-{SPAN}-01")],
        f"00-{'0' * 16}{TRACE[16:]}-{SPAN}-01",
    ),
    ("several, the last counts", [("traceparent", OTHER), ("traceparent", GOOD)], GOOD),
    ("several in different case", [("Traceparent", OTHER), ("traceparent", GOOD)], GOOD),
    ("several, the first is bad", [("traceparent", "bad"), ("traceparent", GOOD)], GOOD),
    ("a bad tracestate does no harm", [("traceparent", GOOD), ("tracestate", "@=")], GOOD),
    ("an empty tracestate does no harm", [("traceparent", GOOD), ("tracestate", "")], GOOD),
    ("among other headers", [("a", "1"), ("traceparent", GOOD), ("b", "2")], GOOD),
    ("cloudevents on kafka", [("ce_traceparent", GOOD)], GOOD),
    ("cloudevents on nats", [("ce-traceparent", GOOD)], GOOD),
    ("cloudevents in another case", [("Ce-TraceParent", GOOD)], GOOD),
    ("header before extension", [("ce_traceparent", OTHER), ("traceparent", GOOD)], GOOD),
    ("extension where the header is bad", [("ce_traceparent", GOOD), ("traceparent", "bad")], GOOD),
]

INVALID = [
    ("empty", ""),
    ("white space only", " \t "),
    ("trailing newline", GOOD + "\n"),
    ("carriage return", GOOD + "\r"),
    ("newline before", "\n" + GOOD),
    ("version 00, more after a dash", GOOD + "-what"),
    ("version 00, more without a dash", GOOD + "."),
    ("version cc, more without a dash", "cc" + GOOD[2:] + ".what"),
    ("version cc, a newline", "cc" + GOOD[2:] + "\n"),
    ("version ff", "ff" + GOOD[2:]),
    ("version is no hex", ".0" + GOOD[2:]),
    ("version in upper case", "CC" + GOOD[2:]),
    ("version too long", "000" + GOOD[2:]),
    ("version too short", "0" + GOOD[2:]),
    ("trace id all zeros", f"00-{'0' * 32}-{SPAN}-01"),
    ("trace id with a dot", f"00-.{TRACE[1:]}-{SPAN}-01"),
    ("trace id in upper case", f"00-{TRACE.upper()}-{SPAN}-01"),
    ("trace id too long", f"00-{TRACE}0-{SPAN}-01"),
    ("trace id too short", f"00-{TRACE[1:]}-{SPAN}-01"),
    ("parent id all zeros", f"00-{TRACE}-{'0' * 16}-01"),
    ("parent id with a dot", f"00-{TRACE}-.{SPAN[1:]}-01"),
    ("parent id in upper case", f"00-{TRACE}-{SPAN.upper()}-01"),
    ("parent id too long", f"00-{TRACE}-{SPAN}0-01"),
    ("parent id too short", f"00-{TRACE}-{SPAN[1:]}-01"),
    ("flags with a dot", f"00-{TRACE}-{SPAN}-.0"),
    ("flags in upper case", f"00-{TRACE}-{SPAN}-0A"),
    ("flags too long", f"00-{TRACE}-{SPAN}-001"),
    ("flags too short", f"00-{TRACE}-{SPAN}-1"),
    ("flags missing", f"00-{TRACE}-{SPAN}"),
    ("dashes missing", GOOD.replace("-", "_")),
    ("a dash too far right", f"00{TRACE}--{SPAN}-01"),
    ("zero byte", GOOD[:-1] + "\0"),
    ("digits of another script", f"00-{TRACE[:-1]}١-{SPAN}-01"),
    ("a very long value", "0" * 1_000_000),
    ("a very long value of a later version", "cc" + GOOD[2:] + "x" * 1_000_000),
]

ABSENT = [
    ("no header", []),
    ("wrong name", [("trace-parent", GOOD)]),
    ("name with a dot", [("trace.parent", GOOD)]),
    ("name with a space", [("trace parent", GOOD)]),
    ("tracestate alone", [("tracestate", "a=b")]),
]


def wire(headers):
    return [(name, value.encode()) for name, value in headers]


@pytest.mark.parametrize(("headers", "context"), [row[1:] for row in VALID], ids=[row[0] for row in VALID])
def test_a_valid_context_is_normalised(headers, context):
    obs = observe_headers(wire(headers))
    assert obs.context == [context.encode()]
    assert [fault.rule for _, fault in obs.faults if fault.rule == "context.invalid"] == [
        "context.invalid" for name, value in headers[-1:] if value == "bad"
    ]


@pytest.mark.parametrize("value", [row[1] for row in INVALID], ids=[row[0] for row in INVALID])
def test_an_invalid_value_gives_no_context_and_one_finding(value):
    obs = observe_headers([("traceparent", value.encode())])
    assert obs.context == [None]
    (found,) = obs.faults
    assert found[0] == 0
    assert (found[1].rule, found[1].path) == ("context.invalid", "/traceparent")


@pytest.mark.parametrize("headers", [row[1] for row in ABSENT], ids=[row[0] for row in ABSENT])
def test_without_a_header_there_is_no_context_and_no_finding(headers):
    obs = observe_headers(wire(headers))
    assert obs.context == [None]
    assert obs.faults == []


def test_nobody_searches_backwards_when_the_last_header_is_bad():
    obs = observe_headers([("traceparent", GOOD.encode()), ("traceparent", b"bad")])
    assert obs.context == [None]
    assert sorted(fault.rule for _, fault in obs.faults) == ["context.duplicate", "context.invalid"]


@pytest.mark.parametrize("value", [GOOD, " " + GOOD])
def test_text_is_accepted_as_well_as_bytes(value):
    assert observe_headers([("traceparent", value)]).context == [GOOD.encode()]


@pytest.mark.parametrize("value", [1.5, True, GOOD + "\n", "ü" * 55])
def test_other_types_and_texts_are_invalid(value):
    obs = observe_headers([("traceparent", value)])
    assert obs.context == [None]
    assert [fault.rule for _, fault in obs.faults] == ["context.invalid"]


def test_a_null_header_is_no_header():
    obs = observe_headers([("traceparent", None)])
    assert (obs.context, obs.faults) == ([None], [])


def test_no_part_of_a_value_stands_in_a_finding():
    obs = observe_headers([("traceparent", b"00-secretsecretsecretsecretsecretse-secretsecretsecr-01")])
    assert "secret" not in repr(obs.faults)
