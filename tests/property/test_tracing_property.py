"""The tracing room against its slow twins."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.checks.context import ContextCheck
from asyncwatch.config.settings import TracingSettings
from asyncwatch.tracing.span import TransitEncoder
from asyncwatch.tracing.traceparent import parse_traceparent
from asyncwatch.tracing.tracestate import MAX_KEPT, parse_tracestate, shorten
from property.oracle_tracing import slow_context, slow_keeps, slow_message_context, slow_times, slow_tracestate
from unit.tracing.build import NOW_NS, make_batch, make_route, observe
from unit.tracing.read import attributes_of, decode

HEX = "0123456789abcdef"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.one_of(st.text(HEX, min_size=length, max_size=length), st.just("0" * length))


GOOD = st.builds(
    "-".join, st.tuples(st.sampled_from(["00", "00", "00", "cc", "ff", "0"]), digits(32), digits(16), digits(2))
)
SPOILT = st.builds(
    lambda text, place, sign: text[: place % len(text)] + sign + text[place % len(text) + 1 :],
    GOOD, st.integers(0, 60), st.sampled_from(["", "-", "A", "g", "0", "\n", " ", "\t", "ü", "\0"]),
)  # fmt: skip
PADDED = st.builds(lambda a, text, b: a + text + b, st.text(" \t\n", max_size=2), GOOD, st.text(" \t\n-x", max_size=3))
TEXTS = st.one_of(GOOD, SPOILT, PADDED, st.text(max_size=60))
VALUES = st.one_of(
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), TEXTS, st.binary(max_size=60),
    st.none(), st.floats(), st.booleans(),
)  # fmt: skip
NAMES = st.sampled_from(["traceparent", "Traceparent", "ce_traceparent", "CE-TraceParent", "tracestate", "other"])
MESSAGES = st.lists(st.lists(st.tuples(NAMES, VALUES), max_size=4), min_size=1, max_size=8)


@settings(deadline=None)
@given(VALUES)
def test_parse_equals_its_twin(value):
    assert parse_traceparent(value) == slow_context(value)


@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_the_check_equals_its_twin(messages):
    route = make_route()
    check = ContextCheck(route)
    obs = observe(make_batch(messages), route, check)
    expected = [slow_message_context(headers) for headers in messages]
    assert obs.context == [context for context, _ in expected]
    counts = check.statistics()
    words = [word for _, word in expected]
    for word in ("w3c", "cloudevents", "none", "invalid"):
        assert getattr(counts, word) == words.count(word)
    assert {row for row, word in obs.context_format.items()} == {
        row for row, word in enumerate(words) if word == "cloudevents"
    }


MEMBERS = st.one_of(
    st.from_regex(r"\A[a-z0-9][a-z0-9_\-*/@]{0,8}=[!-+\--<>-~]{1,8}\Z"), st.text("a=, \t@A~", max_size=6)
).map(lambda text: text.encode())


@settings(deadline=None)
@given(st.lists(st.lists(MEMBERS, max_size=5).map(b",".join), max_size=5))
def test_tracestate_equals_its_twin(values):
    assert parse_tracestate(values) == slow_tracestate(values)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=3, max_size=300).map(lambda raw: raw.hex().encode()), max_size=32))
def test_a_shortened_state_is_short_and_keeps_the_order(members):
    text = shorten(members)
    assert len(text) <= MAX_KEPT
    kept = text.split(b",") if text else []
    rest = iter(members)
    assert all(member in rest for member in kept)


TIMES = st.one_of(st.none(), st.integers(NOW_NS - 7200 * 10**9, NOW_NS + 10**9), st.integers(-(2**70), 2**70))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.binary(min_size=16, max_size=16).filter(any), st.booleans(), TIMES), min_size=1, max_size=20),
    st.sampled_from([1.0, 0.9, 0.5, 0.1]),
    st.booleans(),
    st.integers(0, 2**63 - 100),
)
def test_spans_equal_their_twins(rows, ratio, live, first):
    headers = [[("traceparent", f"00-{trace.hex()}-{1:016x}-0{flag:d}".encode())] for trace, flag, _ in rows]
    batch = make_batch(
        headers, live=live, sent_ns=[sent for _, _, sent in rows], positions=list(range(first, first + len(rows)))
    )
    route = make_route()
    transits = TransitEncoder(route, TracingSettings(ratio=ratio)).encode(observe(batch, route))
    expected = [
        (trace, times, first + row)
        for row, (trace, flag, sent) in enumerate(rows)
        if flag and slow_keeps(trace, ratio) and (times := slow_times(sent, NOW_NS, live=live)) is not None
    ]
    found = [
        (
            span.trace_id,
            (span.start_time_unix_nano, span.end_time_unix_nano),
            attributes_of(span.attributes)["messaging.kafka.offset"],
        )
        for span in map(decode, transits.plain)
    ]
    assert found == expected
